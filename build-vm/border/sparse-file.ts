// Writes into a new file, leaving holes where the bytes are zeros.
import { writeFullySync } from '../../base/write-fully.ts';

const pieceBytes = 64 * 1024;
const zeros = Buffer.alloc(pieceBytes);

/**
 * The file must not have held anything there before: a hole reads as zeros. Synchronous: a call on a local file takes less
 * time than waiting for it would.
 */
export function writeSparsely(file: number, bytes: Uint8Array, position: number): void {
  let begin = 0;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    if (zeros.compare(piece, 0, piece.length, 0, piece.length) !== 0) continue;
    writeFullySync(file, bytes.subarray(begin, at), position + begin);
    begin = at + piece.length;
  }
  writeFullySync(file, bytes.subarray(begin), position + begin);
}
