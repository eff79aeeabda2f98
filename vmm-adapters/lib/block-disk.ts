// A disk for an emulator in this process: a file of its own over a base that is never written. Synchronous, as devices are.

import { closeSync, openSync, readSync } from 'node:fs';
import { writeFullySync } from '../../base/write-fully.ts';

/** Where a disk lies; may be sent to a worker thread. */
export interface BlockDiskFiles {
  /** As long as the disk, written here. */
  readonly path: string;
  /** Whole sectors of 512 bytes. */
  readonly sizeBytes: number;
  /** Holds what the disk's own file does not; zeros follow its end. Undefined: zeros everywhere. */
  readonly basePath: string | undefined;
  /** One bit for each block of `blockBytes` that the disk's own file has. Undefined: it has all of them. */
  readonly written: SharedArrayBuffer | undefined;
}

export interface BlockDisk {
  /** The bytes hold until the next call. */
  read(start: number, length: number): Uint8Array;
  /** In the file when it returns. @throws the error of node:fs, such as ENOSPC */
  write(start: number, bytes: Uint8Array): void;
  close(): void;
}

/** What guests' filesystems write at once. */
const blockBytes = 4096;
const zeroBlock = Buffer.alloc(blockBytes);

/** Says of each block that the disk's own file does not have it yet. */
export function makeWrittenMap(sizeBytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(Math.ceil(Math.ceil(sizeBytes / blockBytes) / 8));
}

export function openBlockDisk(files: BlockDiskFiles): BlockDisk {
  const own = openSync(files.path, 'r+');
  const base = files.basePath === undefined ? undefined : openSync(files.basePath, 'r');
  const written = writtenBlocks(files.written);
  let buffer = new Uint8Array(256 * 1024);

  const write = (from: number, bytes: Uint8Array) => {
    writeFullySync(own, bytes, from);
    written.add(from, from + bytes.length);
  };
  /** A part of a block that only the base has: the rest of the block comes along. */
  const merge = (from: number, bytes: Uint8Array) => {
    const begin = from - (from % blockBytes);
    const block = new Uint8Array(Math.min(blockBytes, files.sizeBytes - begin));
    fill(base, block, begin);
    block.set(bytes, from - begin);
    write(begin, block);
  };
  const actionOf = (from: number, to: number, piece: Uint8Array): 'write' | 'merge' | 'stay-hole' | 'become-hole' => {
    if (written.has(from)) return 'write';
    const isZero = zeroBlock.compare(piece, 0, piece.length, 0, piece.length) === 0;
    if (base === undefined) return isZero ? 'stay-hole' : 'write';
    const isWhole = from % blockBytes === 0 && (to % blockBytes === 0 || to === files.sizeBytes);
    if (!isWhole) return 'merge';
    return isZero ? 'become-hole' : 'write';
  };
  return {
    read(start, length) {
      if (buffer.length < length) buffer = new Uint8Array(length);
      for (const [from, to] of written.runs(start, start + length)) {
        fill(written.has(from) ? own : base, buffer.subarray(from - start, to - start), from);
      }
      return buffer.subarray(0, length);
    },
    write(start, bytes) {
      let from = start;
      for (const [begin, end] of blocks(start, start + bytes.length)) {
        const piece = bytes.subarray(begin - start, end - start);
        const action = actionOf(begin, end, piece);
        if (action === 'write') continue;
        write(from, bytes.subarray(from - start, begin - start));
        if (action === 'merge') merge(begin, piece);
        if (action === 'become-hole') written.add(begin, end);
        from = end;
      }
      write(from, bytes.subarray(from - start));
    },
    close() {
      closeSync(own);
      if (base !== undefined) closeSync(base);
    },
  };
}

interface WrittenBlocks {
  has(position: number): boolean;
  add(from: number, to: number): void;
  /** Cuts a range where blocks that are written meet others. */
  runs(from: number, to: number): Iterable<readonly [from: number, to: number]>;
}

function writtenBlocks(bits: SharedArrayBuffer | undefined): WrittenBlocks {
  if (bits === undefined) return { has: () => true, add: () => undefined, runs: (from, to) => [[from, to]] };
  const map = new Uint8Array(bits);
  const has = (position: number) => {
    const block = Math.floor(position / blockBytes);
    return ((map[block >> 3] ?? 0) & (1 << (block & 7))) !== 0;
  };
  return {
    has,
    add(from, to) {
      for (const [begin] of blocks(from, to)) {
        const block = Math.floor(begin / blockBytes);
        map[block >> 3] = (map[block >> 3] ?? 0) | (1 << (block & 7));
      }
    },
    *runs(from, to) {
      let start = from;
      for (const [begin] of blocks(from, to)) {
        if (begin === start || has(begin) === has(start)) continue;
        yield [start, begin];
        start = begin;
      }
      if (start < to) yield [start, to];
    },
  };
}

function* blocks(from: number, to: number): Generator<readonly [from: number, to: number]> {
  for (let begin = from; begin < to; ) {
    const end = Math.min(to, begin - (begin % blockBytes) + blockBytes);
    yield [begin, end];
    begin = end;
  }
}

/** With zeros after the file's end, or without a file. */
function fill(descriptor: number | undefined, into: Uint8Array, position: number): void {
  let done = 0;
  while (descriptor !== undefined && done < into.length) {
    const count = readSync(descriptor, into, done, into.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  into.fill(0, done);
}
