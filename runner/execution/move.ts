// Moves and copies files and folders of this host, also to another filesystem: holes, modes, times, hard links and names stay.
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  type Stats,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { writeFullySync } from '../../base/write-fully.ts';
import { type ByteRange, fileChunks } from '../payload/file-bytes.ts';

const blockBytes = 64 * 1024;
const zeros = Buffer.alloc(blockBytes);
/** How much is copied before signals are heard again. */
const bytesATurn = 32 * 1024 * 1024;

/** Replaces whatever is at `to`. */
export async function move(from: string, to: string, signal?: AbortSignal): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await moveTo(from, to, signal);
}

/** `to` must not exist. What was copied in part stays there when this throws. */
export async function moveTo(from: string, to: string, signal?: AbortSignal): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await copyTree(from, to, signal);
    await rm(from, { recursive: true });
  }
}

/** A file, a link, or a folder with all that it holds. Names are bytes: not all are UTF-8. */
function copyTree(from: string, to: string, signal?: AbortSignal): Promise<void> {
  return copyEntry(Buffer.from(from), Buffer.from(to), new Map(), signal);
}

/** `links`: where the first name of a file with several was copied to, by device and inode. */
async function copyEntry(from: Buffer, to: Buffer, links: Map<string, Buffer>, signal?: AbortSignal): Promise<void> {
  const facts = lstatSync(from);
  if (facts.isSymbolicLink()) {
    symlinkSync(readlinkSync(from, 'buffer'), to);
    lutimesSync(to, facts.atimeMs / 1000, facts.mtimeMs / 1000);
    return;
  }
  if (facts.isDirectory()) {
    mkdirSync(to, 0o700);
    for (const name of readdirSync(from, 'buffer')) await copyEntry(below(from, name), below(to, name), links, signal);
  } else {
    const key = `${facts.dev} ${facts.ino}`;
    const first = links.get(key);
    if (first !== undefined) return linkSync(first, to);
    if (facts.nlink > 1) links.set(key, to);
    await copySparse(from, to, signal === undefined ? {} : { signal });
  }
  keepFacts(to, facts);
}

function keepFacts(path: Buffer, { mode, atimeMs, mtimeMs }: Stats): void {
  chmodSync(path, mode & 0o7777);
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
}

function below(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
}

/** Copies a file or a part of it; blocks of zeros become holes. Node 20 has no SEEK_HOLE, so zeros are found by looking. */
export async function copySparse(
  from: Buffer | string,
  to: Buffer | string,
  { range, signal }: { readonly range?: ByteRange; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const descriptor = openSync(to, 'w', 0o644);
  try {
    let position = 0;
    let sinceTurn = 0;
    for (const chunk of fileChunks(from, range)) {
      for (let start = 0; start < chunk.length; start += blockBytes) {
        const block = chunk.subarray(start, start + blockBytes);
        if (zeros.compare(block, 0, block.length, 0, block.length) === 0) continue;
        writeFullySync(descriptor, block, position + start);
      }
      position += chunk.length;
      sinceTurn += chunk.length;
      if (sinceTurn < bytesATurn) continue;
      sinceTurn = 0;
      await turn();
      signal?.throwIfAborted();
    }
    ftruncateSync(descriptor, position);
  } finally {
    closeSync(descriptor);
  }
}
