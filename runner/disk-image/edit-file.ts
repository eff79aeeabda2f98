// Changes a few bytes in the middle of a file.

import { type FileHandle, open } from 'node:fs/promises';
import { writeFully } from '../../base/write-fully.ts';

export interface FileEdit {
  readonly sizeBytes: number;
  /** Bytes that must be there. */
  read(offset: number, length: number): Promise<Buffer>;
  put(offset: number, bytes: Uint8Array): Promise<void>;
}

export async function editFile(path: string, edit: (file: FileEdit) => Promise<void>): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    await edit({
      sizeBytes: size,
      read: (offset, length) => readFully(handle, path, offset, length),
      put: (offset, bytes) => writeFully(handle, bytes, offset),
    });
  } finally {
    await handle.close();
  }
}

async function readFully(handle: FileHandle, path: string, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  if (bytesRead === length) return bytes;
  throw new Error(`Internal error: ${path} ends before byte ${offset + length}, so that qemu-img wrote something else`);
}

/** What a format begins with, where qemu-img should have put it. */
export function requireMark(found: Buffer, mark: string, what: string): void {
  if (found.toString('latin1', 0, mark.length) === mark) return;
  throw new Error(`Internal error: qemu-img wrote no ${what} where one should be`);
}
