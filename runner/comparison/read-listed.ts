// Reads what something is made of, for comparing: a folder or file of the host as it lies there, an image as a guest listed it.
import { statSync } from 'node:fs';
import { listTar, type TarListing } from '../../build-vm/border/tar-list.ts';
import { refused } from '../../build-vm/border/tar-parse.ts';
import type { Listed, ListedEntry, ListedVolume } from '../../jobs/lib/listed.ts';
import { digestFile, fileChunks } from '../payload/file-bytes.ts';
import { type ScannedEntry, scan } from '../payload/scan.ts';

/**
 * @param as `image`: the file is what `listImagesScript` brought out; `itself`: a file or folder of the host
 * @throws BorderError `tar-refused` for a listing that no honest guest made; UnreadableInput; the signal's reason
 */
export async function readListed(
  path: string,
  as: 'image' | 'itself',
  signal: AbortSignal,
  most: Most = { entries: 4_000_000, bytes: 512 * 1024 * 1024 },
): Promise<Listed> {
  if (as === 'image') return readImage(path, signal, most);
  if (statSync(path).isDirectory()) return readFolder(path);
  const { sizeBytes, sha256 } = digestFile(path);
  return itself('file', new Map([['', { type: 'file', sizeBytes, sha256 }]]));
}

function itself(kind: 'file' | 'folder', entries: ReadonlyMap<string, ListedEntry>): Listed {
  return { kind, table: [], volumes: new Map([[0, { facts: [], entries }]]) };
}

function readFolder(path: string): Listed {
  return itself('folder', new Map(scan(path).map((entry) => [entry.path.toString('latin1'), ofHost(entry)])));
}

function ofHost(entry: ScannedEntry): ListedEntry {
  switch (entry.kind) {
    case 'folder':
      return { type: 'folder' };
    case 'link':
      return { type: 'link', target: entry.target.toString() };
    case 'file': {
      const { sizeBytes, digest: sha256, executable } = entry;
      return { type: 'file', sizeBytes, sha256, mode: executable ? 'executable' : 'not executable' };
    }
  }
}

/** Longer than any table of partitions. */
const mostFactBytes = 256 * 1024;

/** Files, and bytes of their names, targets and attributes: all of it is held in memory. */
interface Most {
  readonly entries: number;
  readonly bytes: number;
}

interface OpenVolume {
  facts: readonly string[];
  sha256?: string;
  readonly entries: Map<string, ListedEntry>;
}

/** A listing is as long as a hostile guest makes it. */
async function readImage(path: string, signal: AbortSignal, most: Most): Promise<Listed> {
  let [entries, bytes] = [0, 0];
  let table: readonly string[] = [];
  const volumes = new Map<number, OpenVolume>();
  const volume = (number: string): OpenVolume => {
    const known: OpenVolume = volumes.get(Number(number)) ?? { facts: [], entries: new Map() };
    volumes.set(Number(number), known);
    return known;
  };
  for await (const listing of listTar(chunksOf(path, signal), mostFactBytes)) {
    entries += 1;
    bytes += lengthOf(listing);
    if (entries > most.entries || bytes > most.bytes) {
      throw refused(
        `It lists more than ${most.entries} files, or more than ${most.bytes} bytes of names and attributes.`,
      );
    }
    const whole = listing.path.toString('latin1');
    const [, number, rest = ''] = /^([0-9]{1,4})((?:\/|\.volume$|\.bytes$).*|)$/s.exec(whole) ?? [];
    if (whole === 'table') table = linesOf(listing);
    else if (number === undefined) continue;
    else if (rest === '.volume') volume(number).facts = linesOf(listing);
    else if (rest === '.bytes') volume(number).sha256 = linesOf(listing)[0]?.slice(0, 64) ?? '';
    else volume(number).entries.set(rest.slice(1), entryOf(listing));
  }
  return { kind: 'image', table, volumes: new Map<number, ListedVolume>(volumes) };
}

/** What stays of it. */
function lengthOf({ path, header: { target, xattrs }, head }: TarListing): number {
  const isFact = path.length < 16 && /^(?:table|[0-9]{1,4}\.(?:volume|bytes))$/.test(path.toString('latin1'));
  const attributes = [...xattrs].reduce((sum, [name, value]) => sum + name.length + 2 * value.length, 0);
  return path.length + target.length + attributes + (isFact ? head.length : 0);
}

async function* chunksOf(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const chunk of fileChunks(path)) {
    signal.throwIfAborted();
    yield chunk;
  }
}

function linesOf({ head }: TarListing): string[] {
  return head
    .toString()
    .split('\n')
    .filter((line) => line !== '');
}

const types: ReadonlyMap<string, ListedEntry['type']> = new Map([
  ['0', 'file'],
  ['\0', 'file'],
  ['1', 'hard link'],
  ['2', 'link'],
  ['3', 'character device'],
  ['4', 'block device'],
  ['5', 'folder'],
  ['6', 'pipe'],
]);

function entryOf({ header, sha256 }: TarListing): ListedEntry {
  const { typeFlag, mode, uid, gid, sizeBytes, target, major, minor, xattrs } = header;
  const type = types.get(typeFlag) ?? 'file';
  const isLink = type === 'link' || type === 'hard link';
  return {
    type,
    owner: `${uid}:${gid}`,
    ...(isLink ? { target: target.toString() } : { mode: mode.toString(8).padStart(3, '0') }),
    ...(type === 'file' && sha256 !== undefined ? { sizeBytes, sha256 } : {}),
    ...(type.endsWith('device') ? { device: `${major}:${minor}` } : {}),
    xattrs: new Map([...xattrs].map(([name, value]) => [name, value.toString('hex')])),
  };
}
