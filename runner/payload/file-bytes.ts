// Reads host files in chunks, with their digest; a file that changes between planning and use is refused.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { RunnerError } from '../runner-error.ts';

const chunkBytes = 1024 * 1024;

/**
 * Bytes of a file in chunks of at most 1 MiB. Synchronous reads: for thousands of small files the promises of node:fs cost
 * ten times the reading; whoever consumes the chunks awaits between them, so signals still get through.
 */
export function* fileChunks(path: Buffer | string): Generator<Uint8Array> {
  const descriptor = openSync(path, 'r');
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(chunkBytes);
      const count = readSync(descriptor, buffer, 0, chunkBytes, null);
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
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

/** The same bytes that were digested before. @throws RunnerError `host` when they are others now */
export function* unchangedChunks(path: Buffer | string, sha256: string): Generator<Uint8Array> {
  const hash = createHash('sha256');
  for (const chunk of fileChunks(path)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== sha256) {
    throw new RunnerError(
      'host',
      `${path.toString()}: this file changed after the plan was made, so the result would not be what the plan says; build again.`,
    );
  }
}
