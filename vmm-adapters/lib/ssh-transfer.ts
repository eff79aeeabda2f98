// Sends files to another machine and fetches them from there: only what is not zero, many pieces at once, the digest compared on both sides.

import { type FileHandle, open } from 'node:fs/promises';
import { writeFully } from '../../base/write-fully.ts';
import type { Transfer } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import { type DataRange, type FileLook, isZero, lookThrough, pieces } from './file-ranges.ts';
import { explained } from './host-files.ts';
import type { RemoteFiles } from './remote-files.ts';

interface TransferRequest {
  readonly files: RemoteFiles;
  /** For messages: "joe@build1". */
  readonly host: string;
  readonly from: string;
  readonly to: string;
  /** For people: "the disk main". */
  readonly name: string;
  /** SHA-256 of a file there, by a program there. */
  readonly digestThere: (path: string) => Promise<string>;
  readonly onTransfer?: ((transfer: Transfer) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SendRequest extends TransferRequest {
  /** Goes on with what an interrupted transfer left at `to` + ".part". The same content must always have the same `to`. */
  readonly resume?: boolean;
  /** What is known of the file already. */
  readonly look?: FileLook | undefined;
}

export interface FetchRequest extends TransferRequest {
  readonly sizeBytes: number;
  /** Where there is data, in order; everywhere by default. The rest is zeros. */
  readonly ranges?: readonly DataRange[];
}

/** So many pieces of 64 KiB are on their way at once. */
const inFlight = 32;

/** `to` is there when it is whole and right, and not before. @throws AdapterError `host-altered`, `host-lost`, `disk-full` */
export async function sendFile(request: SendRequest): Promise<FileLook> {
  const { files, to, from, digestThere, resume = false } = request;
  const look = request.look ?? (await lookThrough(from, request.signal));
  const part = `${to}.part`;
  const begun = resume ? ((await files.sizeOf(part)) ?? 0) : 0;
  await sendPieces(request, look, part, begun);
  let digest = await digestThere(part);
  if (digest !== look.sha256 && begun > 0) {
    // What was left there is not what we thought it to be.
    await sendPieces(request, look, part, 0);
    digest = await digestThere(part);
  }
  if (digest !== look.sha256) {
    await files.remove(part);
    throw altered(
      request.host,
      `${from} was sent there with the SHA-256 ${look.sha256}, and arrived with ${shown(digest)}`,
    );
  }
  await files.rename(part, to);
  return look;
}

/** `begun`: so many bytes may be there already. */
async function sendPieces(request: SendRequest, look: FileLook, part: string, begun: number): Promise<void> {
  const { files, from, signal } = request;
  if (begun === 0) {
    await files.remove(part);
    await files.makeFile(part, 0);
  }
  // The last pieces were on their way together: any of them may be missing.
  const there = [...pieces(look.ranges)].filter(({ offset, length }) => offset + length <= begun);
  const firstOffset = there.at(-2 * inFlight)?.offset ?? 0;
  const tell = teller(request, 'there', look.ranges);
  const local = await open(from);
  const remote = await files.open(part, 'update');
  try {
    await together(pieces(look.ranges), signal, async ({ offset, length }) => {
      if (offset >= firstOffset) {
        const buffer = Buffer.alloc(length);
        await local.read(buffer, 0, length, offset);
        await remote.put(offset, buffer);
      }
      tell(length);
    });
    await remote.close();
    await files.resize(part, look.sizeBytes);
  } finally {
    await local.close();
  }
}

/** @throws AdapterError `host-altered`, `host-lost`, `disk-full` */
export async function fetchFile(request: FetchRequest): Promise<void> {
  const { files, host, from, to, sizeBytes, digestThere } = request;
  const ranges = request.ranges ?? [{ offset: 0, length: sizeBytes }];
  const size = await files.sizeOf(from);
  if (size !== sizeBytes) throw altered(host, `${from} has ${size ?? 'no'} bytes there, and should have ${sizeBytes}`);
  const local = await open(to, 'w', 0o600);
  let digest: string;
  try {
    [digest] = await Promise.all([digestThere(from), fetchPieces(request, ranges, local)]);
  } finally {
    await local.close();
  }
  const { sha256 } = await lookThrough(to, request.signal);
  if (sha256 === digest) return;
  throw altered(host, `${from} has the SHA-256 ${shown(digest)} there, and what came here has ${sha256}`);
}

async function fetchPieces(request: FetchRequest, ranges: readonly DataRange[], local: FileHandle): Promise<void> {
  const { files, host, from, to, sizeBytes, signal } = request;
  const tell = teller(request, 'back', ranges);
  await explained(to, () => local.truncate(sizeBytes));
  const remote = await files.open(from, 'read');
  await together(pieces(ranges), signal, async ({ offset, length }) => {
    const bytes = await remote.read(offset, length);
    if (bytes.length !== length) throw altered(host, `${from} ended at ${offset + bytes.length} while it was read`);
    if (!isZero(bytes)) await explained(to, () => writeFully(local, bytes, offset));
    tell(length);
  });
  await remote.close();
}

/** Several pieces at once; the first error ends it, after what was under way. */
async function together(
  all: Generator<DataRange>,
  signal: AbortSignal | undefined,
  work: (piece: DataRange) => Promise<void>,
): Promise<void> {
  let failed = false;
  const one = async () => {
    for (const piece of all) {
      if (failed) return;
      signal?.throwIfAborted();
      try {
        await work(piece);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: inFlight }, one));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function teller(
  { host, name, onTransfer }: TransferRequest,
  direction: Transfer['direction'],
  ranges: readonly DataRange[],
): (lengthBytes: number) => void {
  const totalBytes = ranges.reduce((sum, { length }) => sum + length, 0);
  let doneBytes = 0;
  return (lengthBytes) => {
    doneBytes += lengthBytes;
    onTransfer?.({ host, direction, name, doneBytes, totalBytes });
  };
}

function altered(host: string, what: string): AdapterError {
  return new AdapterError(
    'host-altered',
    `${host}: ${what}. Nothing of it was used; look at that machine's disk and memory, and at who else can write there.`,
  );
}

/** What another machine says is shown with care. */
function shown(digest: string): string {
  return /^[0-9a-f]{64}$/.test(digest) ? digest : JSON.stringify(digest.slice(0, 100));
}
