// Moves files and folders, also to another filesystem, without filling the holes of disk images.

import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { cp, rename, rm, stat } from 'node:fs/promises';
import { writeFullySync } from '../../base/write-fully.ts';
import { type ByteRange, fileChunks } from '../payload/file-bytes.ts';

const blockBytes = 64 * 1024;
const zeros = Buffer.alloc(blockBytes);

/** Replaces whatever is at `to`. */
export async function move(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    if ((await stat(from)).isDirectory())
      await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    else copySparse(from, to);
    await rm(from, { recursive: true });
  }
}

/** Copies a file or a part of it; blocks of zeros become holes. Node 20 has no SEEK_HOLE, so zeros are found by looking. */
export function copySparse(from: string, to: string, range?: ByteRange): void {
  const descriptor = openSync(to, 'w', 0o644);
  try {
    let position = 0;
    for (const chunk of fileChunks(from, range)) {
      for (let start = 0; start < chunk.length; start += blockBytes) {
        const block = chunk.subarray(start, start + blockBytes);
        if (zeros.compare(block, 0, block.length, 0, block.length) !== 0) {
          writeFullySync(descriptor, block, position + start);
        }
      }
      position += chunk.length;
    }
    ftruncateSync(descriptor, position);
  } finally {
    closeSync(descriptor);
  }
}
