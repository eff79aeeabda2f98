// Looks a file through once: its digest, and which parts of it hold anything but zeros.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

export interface DataRange {
  readonly offset: number;
  readonly length: number;
}

export interface FileLook {
  readonly sizeBytes: number;
  readonly sha256: string;
  /** In order, without gaps of less than a block between them. */
  readonly ranges: readonly DataRange[];
}

const blockBytes = 64 * 1024;
const chunkBytes = 16 * blockBytes;
const zeros = Buffer.alloc(blockBytes);

/** Node 20 has no SEEK_HOLE: zeros are found by looking. */
export async function lookThrough(path: string, signal?: AbortSignal): Promise<FileLook> {
  const file = await open(path);
  try {
    const hash = createHash('sha256');
    const ranges: { offset: number; length: number }[] = [];
    const buffer = Buffer.alloc(chunkBytes);
    let position = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, position);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      addRanges(ranges, chunk, position);
      position += bytesRead;
    }
    return { sizeBytes: position, sha256: hash.digest('hex'), ranges };
  } finally {
    await file.close();
  }
}

function addRanges(ranges: { offset: number; length: number }[], chunk: Buffer, position: number): void {
  for (let start = 0; start < chunk.length; start += blockBytes) {
    const block = chunk.subarray(start, start + blockBytes);
    if (isZero(block)) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last.offset + last.length === position + start) last.length += block.length;
    else ranges.push({ offset: position + start, length: block.length });
  }
}

export function isZero(block: Uint8Array): boolean {
  return zeros.compare(block, 0, block.length, 0, block.length) === 0;
}

/** Cuts ranges into pieces of at most a block. */
export function* pieces(ranges: readonly DataRange[]): Generator<DataRange> {
  for (const { offset, length } of ranges) {
    for (let start = 0; start < length; start += blockBytes) {
      yield { offset: offset + start, length: Math.min(blockBytes, length - start) };
    }
  }
}
