// Hyper-V on another machine, a Windows OpenSSH server: PowerShell over ssh, disks by sftp, serial ports by a relay. Never run on Windows.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { AdapterContext } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import type { HyperVHost } from './hyper-v-host.ts';
import { recordFolder } from './hyper-v-removal.ts';
import { hashScript, homeScript, removeFolderScript } from './hyper-v-script.ts';
import type { Powershell } from './hyper-v-state.ts';
import { type PowershellScript, relayArguments } from './powershell.ts';
import { relayGreeting, relayScript } from './powershell-pipe-relay.ts';
import type { RemoteFiles } from './remote-files.ts';
import { type Answer, jsonOf, runPowershell } from './run-powershell.ts';
import { serialOf } from './serial-stream.ts';
import type { HostAddress } from './ssh-address.ts';
import { connectSsh, type SshConnection } from './ssh-connection.ts';
import { sshPowershell } from './ssh-powershell.ts';
import { fetchFile, sendFile } from './ssh-transfer.ts';

type Here = Pick<AdapterContext, 'workFolder' | 'onTransfer'>;

/** @throws AdapterError `host-…`, `program-missing` */
export async function openHyperVThere(address: HostAddress, here: Here, signal: AbortSignal): Promise<HyperVHost> {
  const connection = await connectSsh(address, signal);
  try {
    const powershell: Powershell = (script) => runPowershell(sshPowershell(connection), script);
    const home = textOf(await powershell(homeScript()), 'Path', connection.name);
    const files = await connection.files();
    const folder = `vmb-${randomBytes(6).toString('hex')}`;
    const folderThere = `${home}${home.includes('\\') ? '\\' : '/'}${folder}`;
    recordFolder(here.workFolder, address.text, folderThere);
    await files.makeFolder(folder);
    return hostOf(here, { connection, powershell, files, folder, folderThere, address });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Runs one script over a connection of its own. @throws AdapterError */
export async function askThere(address: HostAddress, script: PowershellScript, signal: AbortSignal): Promise<Answer> {
  const connection = await connectSsh(address, signal);
  try {
    return await runPowershell(sshPowershell(connection), script);
  } finally {
    await connection.close();
  }
}

interface There {
  readonly connection: SshConnection;
  readonly powershell: Powershell;
  readonly files: RemoteFiles;
  /** Its name; it lies in the user's home, where sftp begins. */
  readonly folder: string;
  /** Its path as Windows writes it. */
  readonly folderThere: string;
  readonly address: HostAddress;
}

function hostOf({ workFolder, onTransfer }: Here, there: There): HyperVHost {
  const { connection, powershell, files, folder, folderThere } = there;
  const host = connection.name;
  const pathOf = (fileName: string) => `${folderThere}${folderThere.includes('\\') ? '\\' : '/'}${fileName}`;
  const digestThere = async (path: string) => {
    const fileName = path.slice(folder.length + 1);
    const hash = textOf(await powershell(hashScript(pathOf(fileName))), 'Hash', host);
    return hash.toLowerCase();
  };
  const placeOf = (fileName: string) => ({
    ...{ files, host, digestThere, onTransfer },
    here: join(workFolder, fileName),
    there: `${folder}/${fileName}`,
    name: fileName,
  });
  return {
    powershell,
    origin: there.address.text,
    folder: () => folderThere,
    pathOf,
    // What sftp makes is no sparse file.
    fileMade: async () => undefined,
    async give(fileName) {
      const { here: from, there: to, ...place } = placeOf(fileName);
      await sendFile({ ...place, from, to });
      await rm(from);
    },
    async takeBack(fileName, mostBytes) {
      const { there: from, here: to, ...place } = placeOf(fileName);
      const sizeBytes = await files.sizeOf(from);
      if (sizeBytes === undefined || sizeBytes > mostBytes) throw strangeSize(host, fileName, sizeBytes);
      await fetchFile({ ...place, from, to, sizeBytes });
    },
    forget: (fileName) => files.remove(`${folder}/${fileName}`),
    connect: (name, signal) => connectRelay(connection, name, signal),
    async close(kept) {
      try {
        if (!kept) await powershell(removeFolderScript(folderThere));
      } finally {
        await connection.close();
      }
    },
  };
}

const appearMs = 60_000;
const mostGreetingBytes = 10_000;

/** The relay's first line tells that the pipe is open; what the guest says comes after it. @throws AdapterError */
async function connectRelay(connection: SshConnection, name: string, signal: AbortSignal): Promise<Duplex> {
  const words = relayArguments(relayScript(name, appearMs));
  const channel = await connection.exec(['powershell', ...words].join(' '));
  const close = () => channel.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    let said = Buffer.alloc(0);
    for (;;) {
      const bytes: unknown = channel.stdout.read();
      if (Buffer.isBuffer(bytes)) said = Buffer.concat([said, bytes]);
      const end = said.indexOf('\n');
      if (said.subarray(0, Math.max(end, 0)).toString().trimEnd() === relayGreeting) {
        channel.stdout.unshift(said.subarray(end + 1));
        return serialOf({ stdin: channel.stdin, stdout: channel.stdout });
      }
      signal.throwIfAborted();
      const isOver = channel.stdout.readableEnded || channel.stdout.destroyed;
      if (isOver || end >= 0 || said.length > mostGreetingBytes) throw relayFailure(connection.name, name, said);
      await readableOrEnd(channel.stdout);
    }
  } catch (error) {
    channel.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
  }
}

function readableOrEnd(stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['readable', 'end', 'close', 'error']) stream.once(event, () => resolve());
  });
}

function relayFailure(host: string, name: string, said: Buffer): AdapterError {
  const shown = JSON.stringify(said.toString('latin1').slice(0, 200));
  return new AdapterError(
    'machine-start-failed',
    `${host}: the machine ${name} started, but its serial port did not come within ${appearMs / 1000} s; the relay there said ${shown}.`,
  );
}

function strangeSize(host: string, fileName: string, sizeBytes: number | undefined): AdapterError {
  return new AdapterError(
    'host-altered',
    `${host}: ${fileName} has ${sizeBytes ?? 'no'} bytes there, which no disk of its size has. Nothing of it was used; find out who else writes there.`,
  );
}

/** One text out of an answer in JSON. @throws AdapterError */
function textOf(answer: Answer, property: string, host: string): string {
  if (!answer.ok) throw new AdapterError('program-failed', `${host}: PowerShell refuses:\n${answer.complaint}`);
  const value = jsonOf(answer).get(property);
  if (typeof value === 'string') return value;
  throw new AdapterError('program-failed', `${host}: PowerShell’s answer has no ${property}:\n${answer.stdout}`);
}
