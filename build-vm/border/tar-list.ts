// Lists a tar archive that a guest wrote, with the digest of every file; nothing is unpacked, nothing in it is believed.
import { createHash } from 'node:crypto';
import { type ExactReader, exactReader } from './exact-reader.ts';
import { paddingBytes, tarBlockBytes } from './tar-header.ts';
import { type ParsedHeader, type PaxValues, parseHeader, parsePax, refused } from './tar-parse.ts';
import { checkPath } from './tar-path.ts';

export interface TarListing {
  /** Clean and relative; empty for the top folder. */
  readonly path: Buffer;
  readonly header: ParsedHeader;
  /** Of a file's bytes. */
  readonly sha256: string | undefined;
  /** The beginning of a file, as much as `headBytes` of it. */
  readonly head: Buffer;
}

const longestPaxBytes = 1024 * 1024;

/**
 * @param headBytes how much of each file is kept
 * @throws BorderError `tar-refused` for an absolute path, `..`, a damaged or cut archive
 */
export async function* listTar(chunks: AsyncIterable<Uint8Array>, headBytes: number): AsyncGenerator<TarListing> {
  const reader = exactReader(chunks);
  try {
    for (let pax: PaxValues = {}; ; ) {
      const block = await reader.take(tarBlockBytes);
      if (block.length < tarBlockBytes) throw refused('The archive is cut.');
      const header = parseHeader(block, pax);
      if (header === undefined) return;
      pax = {};
      if (header.typeFlag === 'x') {
        if (header.sizeBytes > longestPaxBytes) throw refused('A pax header is longer than 1 MiB.');
        pax = parsePax(
          (await reader.take(header.sizeBytes + paddingBytes(header.sizeBytes))).subarray(0, header.sizeBytes),
        );
      } else {
        const path = checkPath(header.path);
        yield { path, header, ...(await readContent(reader, header, path, headBytes)) };
      }
    }
  } finally {
    await reader.close();
  }
}

async function readContent(
  reader: ExactReader,
  { typeFlag, sizeBytes }: ParsedHeader,
  path: Buffer,
  headBytes: number,
): Promise<Pick<TarListing, 'sha256' | 'head'>> {
  if (typeFlag !== '0' && typeFlag !== '\0') {
    if (sizeBytes !== 0) throw refused('It has content but is no file.', path);
    return { sha256: undefined, head: Buffer.alloc(0) };
  }
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let length = 0;
  for await (const chunk of reader.pass(sizeBytes)) {
    hash.update(chunk);
    if (length < headBytes) kept.push(Buffer.from(chunk.subarray(0, headBytes - length)));
    length += chunk.length;
  }
  const padding = paddingBytes(sizeBytes);
  if (length < sizeBytes || (await reader.take(padding)).length < padding) throw refused('The archive is cut.', path);
  return { sha256: hash.digest('hex'), head: Buffer.concat(kept) };
}
