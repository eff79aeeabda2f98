// Writes tar archives: deterministic, streamed, and of a length that is known before the first byte.
import { BorderError } from './border-error.ts';
import type { TarEntry } from './tar-entry.ts';
import { formatHeader, paddingBytes, tarBlockBytes } from './tar-header.ts';

export type { TarEntry } from './tar-entry.ts';

// GNU tar writes whole records of 20 blocks and warns about nothing else; the two zero blocks that end an archive are part of it.
const recordBytes = 20 * tarBlockBytes;

/** Bytes of the archive of these entries, without reading any content. */
export function tarLengthBytes(entries: readonly TarEntry[]): number {
  return endOf(entries.reduce((sum, entry) => sum + formatHeader(entry).length + contentBytes(entry), 0));
}

/** @throws BorderError `payload-length` when a file has more or fewer bytes than its entry says */
export async function* writeTar(entries: Iterable<TarEntry> | AsyncIterable<TarEntry>): AsyncGenerator<Uint8Array> {
  let written = 0;
  for await (const entry of entries) {
    const header = formatHeader(entry);
    yield header;
    if (entry.type === 'file') {
      yield* exactly(entry.content(), entry.sizeBytes, entry.path);
      const padding = paddingBytes(entry.sizeBytes);
      if (padding > 0) yield Buffer.alloc(padding);
    }
    written += header.length + contentBytes(entry);
  }
  yield Buffer.alloc(endOf(written) - written);
}

function contentBytes(entry: TarEntry): number {
  return entry.type === 'file' ? entry.sizeBytes + paddingBytes(entry.sizeBytes) : 0;
}

function endOf(bytes: number): number {
  return Math.ceil((bytes + 2 * tarBlockBytes) / recordBytes) * recordBytes;
}

async function* exactly(
  content: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  path: Buffer | string,
): AsyncGenerator<Uint8Array> {
  let left = sizeBytes;
  for await (const chunk of content) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  if (left === 0) return;
  throw new BorderError(
    'payload-length',
    `${path.toString()}: should have ${sizeBytes} bytes but has ${left < 0 ? 'more' : `${sizeBytes - left}`}: it changed while it was read. Run the build again when nothing writes to it.`,
  );
}
