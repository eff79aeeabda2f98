// Reads host files in chunks, with their digest; a file that changes between planning and use is refused.
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { RunnerError } from '../runner-error.ts';

const chunkBytes = 1024 * 1024;

/** A part of a file; the whole without it. */
export interface ByteRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Bytes of a file, or of a part that lies in it, in chunks of at most 1 MiB. A chunk holds until the next one is asked for:
 * all are the same memory, so that a file of any size takes no more. Synchronous reads: for thousands of small files the
 * promises of node:fs cost ten times the reading; whoever consumes the chunks awaits between them, so signals still get through.
 */
export function* fileChunks(path: Buffer | string, range?: ByteRange): Generator<Uint8Array> {
  // Opening a pipe would wait for its other end, unless told not to.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    requirePlain(path, descriptor);
    let position = range?.offsetBytes ?? 0;
    const end = range === undefined ? Number.POSITIVE_INFINITY : position + range.lengthBytes;
    // One byte more than there should be tells the end of the file; a large buffer for each of many small files is slow.
    const expected = Math.max(fstatSync(descriptor).size - position, 0) + 1;
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, expected));
    while (position < end) {
      const count = readSync(descriptor, buffer, 0, Math.min(buffer.length, end - position), position);
      if (count === 0) return;
      position += count;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** @throws RunnerError `usage` for a pipe, a socket or a device, which might never end */
function requirePlain(path: Buffer | string, descriptor: number): void {
  const facts = fstatSync(descriptor);
  if (facts.isFile() || facts.isBlockDevice()) return;
  const kind = facts.isDirectory() ? 'a folder' : facts.isFIFO() ? 'a pipe' : 'a device or a socket';
  throw new RunnerError('usage', `${path.toString()}: this is ${kind}, but must be a plain file; name another one.`);
}

/** Length and SHA-256 (64 hex digits) of a file. */
export function digestFile(path: Buffer | string): { sizeBytes: number; sha256: string } {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for (const chunk of fileChunks(path)) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** How much is read before signals are heard again. */
const bytesATurn = 32 * 1024 * 1024;

/** The same by any algorithm, for what a signal must be able to end while it lasts. @throws the signal's reason */
export async function digestInTurns(
  path: Buffer | string,
  signal: AbortSignal,
  algorithm: 'sha256' | 'sha512' = 'sha256',
): Promise<{ readonly sizeBytes: number; readonly hex: string }> {
  const hash = createHash(algorithm);
  let sizeBytes = 0;
  let sinceTurn = 0;
  for (const chunk of fileChunks(path)) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    sinceTurn += chunk.length;
    if (sinceTurn < bytesATurn) continue;
    sinceTurn = 0;
    await turn();
    signal.throwIfAborted();
  }
  return { sizeBytes, hex: hash.digest('hex') };
}

/**
 * The same bytes that were digested before. `digest` is a SHA-256, or has another algorithm's name in front: "sha512:…".
 * @throws RunnerError `host` when they are others now
 */
export function* unchangedChunks(path: Buffer | string, digest: string): Generator<Uint8Array> {
  const [hex = '', algorithm = 'sha256'] = digest.split(':').reverse();
  const hash = createHash(algorithm);
  for (const chunk of fileChunks(path)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== hex) {
    throw new RunnerError(
      'host',
      `${path.toString()}: this file changed after the plan was made, so the result would not be what the plan says; build again.`,
    );
  }
}

/** Reads a file to its end. @throws RunnerError `host` when it is not the one that was digested */
export function checkUnchanged(path: Buffer | string, digest: string): void {
  const chunks = unchangedChunks(path, digest);
  while (chunks.next().done !== true);
}
