// Raw disk files on this host: made, moved in, and copied without filling their holes.

import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { writeFully } from '../../base/write-fully.ts';
import type { DiskHandle } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import { codeOf } from './host-files.ts';

const sectorBytes = 512;
const chunkBytes = 1024 * 1024;
const pieceBytes = 64 * 1024;
const zeros = Buffer.alloc(pieceBytes);

/** What a disk has on every VMM: whole sectors. */
export function wholeSectors(sizeBytes: number): number {
  return Math.ceil(sizeBytes / sectorBytes) * sectorBytes;
}

/** A new file that is one hole. */
export async function makeBlank(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.truncate(sizeBytes);
  } finally {
    await file.close();
  }
}

/** @throws AdapterError `disk-unsupported` for a file that is longer than the disk */
export async function requireFit(handle: DiskHandle, path: string): Promise<void> {
  const { size } = await stat(path);
  if (size <= handle.sizeBytes) return;
  throw new AdapterError(
    'disk-unsupported',
    `${path}: ${size} bytes do not fit on the disk ${handle.id}, which has ${handle.sizeBytes}.`,
  );
}

/** Also to another filesystem; holes stay holes. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    await copyFile(from, to);
    await rm(from);
  }
}

async function copyFile(from: string, to: string): Promise<void> {
  const source = await open(from, 'r');
  try {
    const { size } = await source.stat();
    await writeHoled(to, size, async (bytes, position) => {
      const { bytesRead } = await source.read(bytes, 0, bytes.length, position);
      return bytes.subarray(0, bytesRead);
    });
  } finally {
    await source.close();
  }
}

/** Writes a new file, leaving holes for zeros. `read` gives bytes from a position, in a buffer that it may use; none end it. */
export async function writeHoled(
  to: string,
  sizeBytes: number,
  read: (buffer: Buffer, position: number) => Promise<Uint8Array>,
): Promise<void> {
  const target = await open(to, 'w');
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (let position = 0; position < sizeBytes; ) {
      const bytes = await read(buffer.subarray(0, Math.min(chunkBytes, sizeBytes - position)), position);
      if (bytes.length === 0) break;
      await writeNonZero(target, bytes, position);
      position += bytes.length;
    }
    await target.truncate(sizeBytes);
  } finally {
    await target.close();
  }
}

async function writeNonZero(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes);
    if (zeros.compare(piece, 0, piece.length, 0, piece.length) === 0) continue;
    await writeFully(file, piece, position + at);
  }
}
