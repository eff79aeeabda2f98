// The unix socket that QEMU's control wire comes in on: a path that is short enough, and one connection.
import { createHash } from 'node:crypto';
import { lstat, mkdir, rm, rmdir } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AdapterError } from './adapter-error.ts';

/** sun_path has 108 bytes on Linux and 104 on macOS, a zero byte at the end included. */
const longestPathBytes = 103;

/** Where a machine's socket lies: in the work folder, or, when that is too deep for a socket, in a short folder. The same for the same names. */
export function controlSocketPath(workFolder: string, machineId: string, shortFolder = shortFolderOf()): string {
  const own = join(workFolder, `control-${machineId}.sock`);
  if (Buffer.byteLength(own) <= longestPathBytes) return own;
  const short = join(shortFolder, `vmb-${digest(workFolder, 16)}`, digest(machineId, 8));
  if (Buffer.byteLength(short) <= longestPathBytes) return short;
  throw new AdapterError(
    'adapter-unusable',
    `${short}: this path is too long for a socket, which takes ${longestPathBytes} bytes. Set XDG_RUNTIME_DIR or TMPDIR to a shorter folder.`,
  );
}

function shortFolderOf(): string {
  return process.env['XDG_RUNTIME_DIR'] || tmpdir();
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

export interface ControlListener {
  /** The first connection; pending for ever when none comes. */
  readonly connection: Promise<Socket>;
  /** Stops listening and removes the socket. */
  close(): Promise<void>;
}

export async function listenForControl(path: string, workFolder: string): Promise<ControlListener> {
  if (dirname(path) !== workFolder) await makePrivate(dirname(path));
  await rm(path, { force: true });
  const server = createServer();
  const connection = new Promise<Socket>((resolve) => {
    server.once('connection', resolve);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    connection,
    async close() {
      server.close();
      await removeControlSocket(path, workFolder);
    },
  };
}

export async function removeControlSocket(path: string, workFolder: string): Promise<void> {
  await rm(path, { force: true });
  // Other machines may have theirs in it; the last one takes it away.
  if (dirname(path) !== workFolder) await rmdir(dirname(path)).catch(() => undefined);
}

/** Its name can be guessed: a folder that somebody else made there is not used. */
async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const facts = await lstat(folder);
  if (facts.isDirectory() && facts.uid === process.getuid?.() && (facts.mode & 0o077) === 0) return;
  throw new AdapterError('adapter-unusable', `${folder}: this must be a folder that only you can use. Remove it.`);
}
