// Another machine, over ssh, as the one that a POSIX VMM runs on. There it takes a POSIX shell, sftp, sha256sum, and the VMM.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { AdapterContext } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import { dataRanges } from './data-ranges.ts';
import { digestNow } from './digest-now.ts';
import { lookThrough } from './file-ranges.ts';
import { type Keeper, startKeeper } from './keeper.ts';
import { posix } from './posix-shell.ts';
import type { RemoteFiles } from './remote-files.ts';
import type { HostAddress } from './ssh-address.ts';
import { type SshCommands, sshCommands } from './ssh-commands.ts';
import { connectSsh, type SshConnection } from './ssh-connection.ts';
import { fifosOf, openFifos } from './ssh-control.ts';
import type { SshSettings } from './ssh-settings.ts';
import { fetchFile, sendFile } from './ssh-transfer.ts';
import type { VmmHost } from './vmm-host.ts';

type Here = Pick<AdapterContext, 'workFolder' | 'onTransfer'>;

interface There {
  readonly connection: SshConnection;
  readonly commands: SshCommands;
  readonly files: RemoteFiles;
  readonly keeper: Keeper;
}

/** @throws AdapterError `host-…` */
export async function openSshHost(
  address: HostAddress,
  here: Here,
  signal: AbortSignal,
  settings?: SshSettings,
): Promise<VmmHost> {
  const connection = await connectSsh(address, signal, settings);
  try {
    const keeper = await startKeeper(connection, randomBytes(4).toString('hex'));
    const files = await connection.files();
    return hostOf(address, here, { connection, commands: sshCommands(connection), files, keeper });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function hostOf(address: HostAddress, here: Here, there: There): VmmHost {
  const { connection, commands, files, keeper } = there;
  const { workFolder, inputsFolder } = keeper;
  const { onTransfer } = here;
  const host = connection.name;
  const digestThere = (path: string) => digestOf(commands, host, path);
  const sent = new Set<string>();
  const sharedPath = (path: string) => `${inputsFolder}/${digestNow(path)}`;
  const broughtPath = (path: string) => join(here.workFolder, `${basename(path)}.brought`);
  return {
    name: host,
    commands,
    workFolder,
    run: keeper.run,
    exists: async (path) => (await files.sizeOf(path)) !== undefined,
    mayUse: (path) => mayUse(commands, path),
    sharedPath,
    async share(path) {
      const to = sharedPath(path);
      if (sent.has(to)) return to;
      const look = await lookThrough(path);
      // Somebody there may have touched it; and what the VM runs is worth a second look.
      const isThere = (await files.sizeOf(to)) === look.sizeBytes && (await digestThere(to)) === look.sha256;
      const name = basename(path);
      if (!isThere) await sendFile({ files, host, from: path, to, name, digestThere, onTransfer, resume: true, look });
      sent.add(to);
      return to;
    },
    async take(from, to, name) {
      await sendFile({ files, host, from, to, name, digestThere, onTransfer });
      await rm(from);
    },
    makeFile: files.makeFile,
    resize: files.resize,
    async copy(from, to) {
      // Not its mode as well, which may forbid writing.
      await commands.run('sh', ['-c', 'cat <"$1" >"$2"', 'vmb', from, to]);
    },
    async bring(path, name, sizeBytes) {
      const to = broughtPath(path);
      const ranges = await dataRanges(commands, host, path, sizeBytes);
      await fetchFile({ files, host, from: path, to, name, sizeBytes, ranges, digestThere, onTransfer });
      return to;
    },
    async forget(path) {
      await Promise.all([files.remove(path), rm(broughtPath(path), { force: true })]);
    },
    controlPath: (machineId) => ({ kind: 'fifos', path: `${workFolder}/control-${machineId}` }),
    openControl: (control) => openFifos(connection, commands, control.path),
    async startRecorded(name, [file = '', ...args], _marker, signal) {
      const record = `${workFolder}/${name}.pid`;
      const program = await commands.startRecorded(file, args, record, { signal });
      return { ...program, forget: () => files.remove(record).catch(() => undefined) };
    },
    shown: (command, { path }) => shownFromHere(address, posix`mkfifo ${fifosOf(path)} 2>/dev/null; ${command}`),
    async close(kept) {
      await keeper.end(kept);
      await connection.close();
    },
  };
}

async function digestOf(commands: SshCommands, host: string, path: string): Promise<string> {
  try {
    return (await commands.run('sha256sum', ['--', path])).stdout.split(' ', 1)[0] ?? '';
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== 'program-missing') throw error;
    throw new AdapterError('program-missing', `${host}: sha256sum (of coreutils or busybox) is not installed there.`, {
      cause: error,
    });
  }
}

async function mayUse(commands: SshCommands, path: string): Promise<'yes' | 'missing' | 'forbidden'> {
  const script =
    'if [ ! -e "$1" ]; then echo missing; elif [ -r "$1" ] && [ -w "$1" ]; then echo yes; else echo forbidden; fi';
  const { stdout } = await commands.run('sh', ['-c', script, 'vmb', path]);
  return stdout === 'yes' || stdout === 'missing' ? stdout : 'forbidden';
}

function shownFromHere({ user, host, port }: HostAddress, line: string): readonly string[] {
  const portWords = port === undefined ? [] : ['-p', String(port)];
  return ['ssh', '-t', ...portWords, user === undefined ? host : `${user}@${host}`, line];
}
