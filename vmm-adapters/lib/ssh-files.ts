// Files on another machine by sftp; its errors become sentences.
import { AdapterError } from './adapter-error.ts';
import { fullMessage } from './host-files.ts';
import { isFileName, type RemoteFile, type RemoteFiles } from './remote-files.ts';

/** SSH_FXP_STATUS codes, draft-ietf-secsh-filexfer-02. */
const noSuchFile = 2;
const plainFailure = 4;

type Answer<T> = (error: Error | undefined | null, value: T) => void;
type Done = (error?: Error | null) => void;

/** What is used of ssh2's sftp client. */
export interface Sftp {
  stat(path: string, answer: Answer<{ readonly size: number; isDirectory(): boolean }>): void;
  setstat(path: string, attributes: { size: number }, done: Done): void;
  fsetstat(handle: Buffer, attributes: { size: number }, done: Done): void;
  open(path: string, flags: 'r' | 'r+' | 'wx', attributes: { mode?: number }, answer: Answer<Buffer>): void;
  read(handle: Buffer, to: Buffer, at: number, length: number, position: number, answer: Answer<number>): void;
  write(handle: Buffer, from: Buffer, at: number, length: number, position: number, done: Done): void;
  close(handle: Buffer, done: Done): void;
  unlink(path: string, done: Done): void;
  mkdir(path: string, attributes: { mode: number }, done: Done): void;
  readdir(path: string, answer: Answer<readonly { readonly filename: string }[]>): void;
  ext_openssh_rename(from: string, to: string, done: Done): void;
  ext_openssh_statvfs(path: string, answer: Answer<unknown>): void;
}

/** `lost` resolves when the machine is gone: whatever is still asked then gets this as its answer. */
export function sftpFiles(sftp: Sftp, host: string, lost: Promise<AdapterError>): RemoteFiles {
  let gone: AdapterError | undefined;
  const waiting = new Set<(error: AdapterError) => void>();
  void lost.then((error) => {
    gone = error;
    for (const reject of waiting) reject(error);
  });
  const ask = async <T>(path: string, question: (answer: Answer<T>) => void): Promise<T> => {
    if (gone !== undefined) throw gone;
    let leave = (_: AdapterError) => {};
    try {
      return await new Promise((resolve, reject) => {
        leave = reject;
        waiting.add(leave);
        question((error, value) => {
          if (!error) resolve(value);
          // The connection's end is known a moment after that of its channels.
          else setImmediate(() => reject(gone ?? new SftpFailure(host, path, error)));
        });
      });
    } finally {
      waiting.delete(leave);
    }
  };
  const change = async (path: string, question: (answer: Answer<void>) => void): Promise<void> => {
    try {
      await ask<void>(path, question);
    } catch (error) {
      throw (await fullDisk(sftp, host, path, error)) ?? error;
    }
  };
  return {
    async sizeOf(path) {
      try {
        return (await ask<{ readonly size: number }>(path, (answer) => sftp.stat(path, answer))).size;
      } catch (error) {
        if (error instanceof SftpFailure && error.status === noSuchFile) return undefined;
        throw error;
      }
    },
    async makeFile(path, sizeBytes) {
      const handle = await ask<Buffer>(path, (answer) => sftp.open(path, 'wx', { mode: 0o600 }, answer));
      await change(path, (answer) => sftp.fsetstat(handle, { size: sizeBytes }, (error) => answer(error, undefined)));
      await ask<void>(path, (answer) => sftp.close(handle, (error) => answer(error, undefined)));
    },
    resize: (path, size) => change(path, (answer) => sftp.setstat(path, { size }, (error) => answer(error, undefined))),
    async open(path, how) {
      const handle = await ask<Buffer>(path, (answer) => sftp.open(path, how === 'read' ? 'r' : 'r+', {}, answer));
      return openedFile(sftp, handle, path, ask, change);
    },
    rename: (from, to) =>
      ask<void>(from, (answer) => sftp.ext_openssh_rename(from, to, (error) => answer(error, undefined))),
    async remove(path) {
      try {
        await ask<void>(path, (answer) => sftp.unlink(path, (error) => answer(error, undefined)));
      } catch (error) {
        if (!(error instanceof SftpFailure && error.status === noSuchFile)) throw error;
      }
    },
    async makeFolder(path) {
      try {
        await ask<void>(path, (answer) => sftp.mkdir(path, { mode: 0o700 }, (error) => answer(error, undefined)));
      } catch (error) {
        const facts = await ask<{ isDirectory(): boolean }>(path, (answer) => sftp.stat(path, answer)).catch(
          () => undefined,
        );
        if (facts?.isDirectory() !== true) throw error;
      }
    },
    async list(path) {
      const entries = await ask<readonly { readonly filename: string }[]>(path, (answer) => sftp.readdir(path, answer));
      const names = entries.map(({ filename }) => filename).filter((name) => name !== '.' && name !== '..');
      const hostile = names.find((name) => !isFileName(name));
      if (hostile === undefined) return names.sort();
      throw new AdapterError(
        'host-altered',
        `${host}: the listing of ${path} holds ${JSON.stringify(hostile)}, which is no file's name. Nothing of it was used; find out what answers there.`,
      );
    },
  };
}

type Ask = <T>(path: string, question: (answer: Answer<T>) => void) => Promise<T>;
type Change = (path: string, question: (answer: Answer<void>) => void) => Promise<void>;

function openedFile(sftp: Sftp, handle: Buffer, path: string, ask: Ask, change: Change): RemoteFile {
  return {
    async read(offset, length) {
      const buffer = Buffer.alloc(length);
      let filled = 0;
      while (filled < length) {
        const count = await ask<number>(path, (answer) =>
          sftp.read(handle, buffer, filled, length - filled, offset + filled, (error, bytes) =>
            // The end of the file is status 1.
            error && 'code' in error && error.code === 1 ? answer(undefined, 0) : answer(error, bytes),
          ),
        );
        if (count <= 0) break;
        filled += count;
      }
      return buffer.subarray(0, filled);
    },
    put: (offset, bytes) =>
      change(path, (answer) =>
        sftp.write(
          handle,
          Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
          0,
          bytes.byteLength,
          offset,
          (error) => answer(error, undefined),
        ),
      ),
    close: () => ask<void>(path, (answer) => sftp.close(handle, (error) => answer(error, undefined))),
  };
}

/** sftp has no code for it: every failure of a write is asked whether there is room. */
async function fullDisk(sftp: Sftp, host: string, path: string, error: unknown): Promise<AdapterError | undefined> {
  if (!(error instanceof SftpFailure) || error.status !== plainFailure) return undefined;
  const folder = path.slice(0, Math.max(path.lastIndexOf('/'), 1));
  const facts = await new Promise<unknown>((resolve) => {
    sftp.ext_openssh_statvfs(folder, (failed, found) => resolve(failed ? undefined : found));
  }).catch(() => undefined);
  const field = (name: string) =>
    typeof facts === 'object' && facts !== null
      ? Number(new Map<string, unknown>(Object.entries(facts)).get(name))
      : Number.NaN;
  if (!(field('f_bavail') * field('f_frsize') < littleBytes)) return undefined;
  return new AdapterError('disk-full', fullMessage(path, host), { cause: error });
}

const littleBytes = 4 * 1024 * 1024;

/** What the machine said of a file. */
class SftpFailure extends AdapterError {
  readonly status: unknown;

  constructor(host: string, path: string, cause: Error) {
    super('host-refused', `${host}: ${path}: ${cause.message}.`, { cause });
    this.status = 'code' in cause ? cause.code : undefined;
  }
}
