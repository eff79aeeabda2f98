// Standard output and standard error: what cannot be written ends the command, once and with a sentence, and is never tried again.
import { fstatSync } from 'node:fs';
import { writeFullySync } from '../../base/write-fully.ts';
import type { Output } from './command.ts';

export interface CheckedOutput extends Output {
  /** Why something that was said is lost; undefined as long as nothing is. */
  readonly lost: NodeJS.ErrnoException | undefined;
}

/**
 * Node writes to a file with one call, and takes a part for the whole: here files and devices are written to their last byte. A reader
 * that has seen enough, such as `head`, or a terminal that was closed, loses nothing: the rest is said to nobody.
 */
export function checkedOutput(
  stream: NodeJS.WriteStream & { readonly fd: number },
  onLost: (error: NodeJS.ErrnoException) => void,
): CheckedOutput {
  let isOver = false;
  let lost: NodeJS.ErrnoException | undefined;
  const fail = (error: NodeJS.ErrnoException) => {
    if (isOver) return;
    isOver = true;
    if (error.code === 'EPIPE' || error.code === 'EIO') return;
    lost = error;
    onLost(error);
  };
  stream.on('error', fail);
  const isFile = stream.isTTY !== true && isFileOrDevice(stream.fd);
  return {
    get lost() {
      return lost;
    },
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
    write(text) {
      if (isOver) return;
      if (!isFile) {
        stream.write(text);
        return;
      }
      try {
        writeFullySync(stream.fd, typeof text === 'string' ? Buffer.from(text) : text);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        fail(error);
      }
    },
  };
}

function isFileOrDevice(descriptor: number): boolean {
  try {
    const facts = fstatSync(descriptor);
    return facts.isFile() || facts.isCharacterDevice();
  } catch {
    return false;
  }
}
