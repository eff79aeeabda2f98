// Writes bytes that come from elsewhere into the store: digested on their way, never more than allowed, kept only when they are right.
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { writeFullySync } from '../../base/write-fully.ts';
import type { Digest, DigestAlgorithm } from '../../jobs/lib/digest.ts';
import { sizeText } from '../../jobs/lib/size.ts';
import { FetchError } from './fetch-error.ts';
import type { Store } from './store.ts';

/** Bytes on their way, and how many there should be, if the other side says. */
export interface Incoming {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly totalBytes: number | undefined;
  /** When it was changed last, seconds since 1970, if the other side says. */
  readonly modifiedSeconds: number | undefined;
}

export interface ReceiveOptions {
  /** Undefined: whatever comes is taken, as `vmb lock` does. */
  readonly digest: Digest | undefined;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
  readonly progress: (doneBytes: number, totalBytes: number | undefined) => void;
}

export interface Received {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** @throws FetchError `too-large`, `mismatch`; whatever the bytes throw on their way */
export async function receive(store: Store, incoming: Incoming, options: ReceiveOptions): Promise<Received> {
  const { digest: wanted, mostBytes } = options;
  if ((incoming.totalBytes ?? 0) > mostBytes) throw tooLarge(mostBytes);
  const temporary = await store.newFile();
  try {
    const received = await write(temporary, incoming, wanted?.algorithm ?? 'sha256', options);
    if (wanted !== undefined && wanted.hex !== received.digest.hex) {
      const { algorithm, hex } = received.digest;
      throw new FetchError('mismatch', `what came has the ${algorithm} digest ${hex}, but ${wanted.hex} is expected`);
    }
    await store.keep(temporary, received.digest);
    return received;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function write(
  path: string,
  { bytes, totalBytes }: Incoming,
  algorithm: DigestAlgorithm,
  { mostBytes, signal, progress }: ReceiveOptions,
): Promise<Received> {
  const hash = createHash(algorithm);
  let sizeBytes = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of bytes) {
      signal.throwIfAborted();
      sizeBytes += chunk.length;
      if (sizeBytes > mostBytes) throw tooLarge(mostBytes);
      hash.update(chunk);
      // At once: whoever sends is never held up (http.ts), so that nothing may pile up here.
      writeFullySync(file.fd, chunk);
      progress(sizeBytes, totalBytes);
    }
  } finally {
    await file.close();
  }
  return { digest: { algorithm, hex: hash.digest('hex') }, sizeBytes };
}

function tooLarge(mostBytes: number): FetchError {
  return new FetchError('too-large', `it is larger than max-size, which is ${sizeText(mostBytes)}`);
}
