// Writes into a new file, leaving holes where the bytes are zeros.
import type { FileHandle } from 'node:fs/promises';

const zeros = Buffer.alloc(64 * 1024);

/** The file must not have held anything there before: a hole reads as zeros. */
export async function writeSparsely(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const piece = bytes.subarray(at, at + zeros.length);
    if (zeros.compare(piece, 0, piece.length, 0, piece.length) !== 0) await writeFully(file, piece, position + at);
  }
}

export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
