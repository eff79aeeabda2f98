// Writes all of some bytes, or throws: a write on a disk that gets full may end early without an error, and only the next one fails.
import { readlinkSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** `position`: in bytes from the beginning of the file; undefined for where it stands. @throws the system's error, such as ENOSPC */
export function writeFullySync(descriptor: number, bytes: Uint8Array, position?: number): void {
  try {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, position === undefined ? null : position + done);
    }
  } catch (error) {
    throw withPath(error, descriptor);
  }
}

/** The same without blocking. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      const at = position === undefined ? null : position + done;
      done += (await file.write(bytes, done, bytes.length - done, at)).bytesWritten;
    }
  } catch (error) {
    throw withPath(error, file.fd);
  }
}

/** The system's error of a write names no file; Linux knows which one it was. */
function withPath(error: unknown, descriptor: number): unknown {
  if (!(error instanceof Error) || 'path' in error) return error;
  try {
    return Object.assign(error, { path: readlinkSync(`/proc/self/fd/${descriptor}`) });
  } catch {
    return error;
  }
}
