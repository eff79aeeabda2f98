// The header blocks of a tar entry: ustar where it fits, a pax header before it where it does not. POSIX.1-2017, pax, "ustar" and "pax" formats.
import type { TarEntry } from './tar-entry.ts';

export const tarBlockBytes = 512;

const typeFlags = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  folder: '5',
  fifo: '6',
} as const satisfies Record<TarEntry['type'], string>;

/** Everything that comes before an entry's content. Equal entries give equal bytes. */
export function formatHeader(entry: TarEntry): Buffer {
  const path = pathOf(entry);
  const target = entry.type === 'symlink' || entry.type === 'hardlink' ? Buffer.from(entry.target) : Buffer.alloc(0);
  const sizeBytes = entry.type === 'file' ? entry.sizeBytes : 0;
  const place = splitPath(path);
  const records: Buffer[] = [];
  if (place === undefined) records.push(paxRecord('path', path));
  if (target.length > 100) records.push(paxRecord('linkpath', target));
  for (const [name, value, digits] of numbersOf(entry, sizeBytes)) {
    if (!fitsOctal(value, digits)) records.push(paxRecord(name, Buffer.from(`${value}`)));
  }
  for (const [name, value] of [...(entry.xattrs ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
    records.push(paxRecord(`SCHILY.xattr.${name}`, Buffer.from(value)));
  }
  const header = ustarBlock({
    ...(place ?? { prefix: Buffer.alloc(0), name: path.subarray(-100) }),
    target: target.subarray(0, 100),
    typeFlag: typeFlags[entry.type],
    entry,
    sizeBytes,
  });
  return records.length === 0 ? header : Buffer.concat([paxHeader(records, entry), header]);
}

/** Content is padded to whole blocks. */
export function paddingBytes(sizeBytes: number): number {
  return (tarBlockBytes - (sizeBytes % tarBlockBytes)) % tarBlockBytes;
}

/** A folder's name ends with a slash, as GNU tar writes it. */
function pathOf(entry: TarEntry): Buffer {
  const path = Buffer.from(entry.path);
  return entry.type === 'folder' && path.at(-1) !== 0x2f ? Buffer.concat([path, Buffer.from('/')]) : path;
}

function numbersOf(entry: TarEntry, sizeBytes: number): readonly [name: string, value: number, digits: number][] {
  return [
    ['uid', entry.uid, 7],
    ['gid', entry.gid, 7],
    ['size', sizeBytes, 11],
    ['mtime', entry.mtimeSeconds, 11],
  ];
}

function fitsOctal(value: number, digits: number): boolean {
  return value >= 0 && value < 8 ** digits;
}

/** Names over 100 bytes are cut at a slash into prefix (155) and name (100). */
function splitPath(path: Buffer): { readonly prefix: Buffer; readonly name: Buffer } | undefined {
  if (path.length <= 100) return { prefix: Buffer.alloc(0), name: path };
  if (path.length > 256) return undefined;
  const slash = path.indexOf(0x2f, path.length - 101);
  if (slash < 1 || slash > 155 || slash === path.length - 1) return undefined;
  return { prefix: path.subarray(0, slash), name: path.subarray(slash + 1) };
}

/** `LENGTH NAME=VALUE\n`, where LENGTH counts its own digits too. */
function paxRecord(name: string, value: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(` ${name}=`), value, Buffer.from('\n')]);
  let length = body.length + 1;
  while (`${length}`.length + body.length !== length) length = `${length}`.length + body.length;
  return Buffer.concat([Buffer.from(`${length}`), body]);
}

function paxHeader(records: readonly Buffer[], entry: TarEntry): Buffer {
  const content = Buffer.concat(records);
  const header = ustarBlock({
    prefix: Buffer.alloc(0),
    name: Buffer.from('pax-header'),
    target: Buffer.alloc(0),
    typeFlag: 'x',
    entry: { type: 'file', path: '', mode: 0o644, uid: 0, gid: 0, mtimeSeconds: entry.mtimeSeconds },
    sizeBytes: content.length,
  });
  return Buffer.concat([header, content, Buffer.alloc(paddingBytes(content.length))]);
}

interface UstarFields {
  readonly prefix: Buffer;
  readonly name: Buffer;
  readonly target: Buffer;
  readonly typeFlag: string;
  readonly entry: Pick<TarEntry, 'mode' | 'uid' | 'gid' | 'mtimeSeconds'> | TarEntry;
  readonly sizeBytes: number;
}

function ustarBlock({ prefix, name, target, typeFlag, entry, sizeBytes }: UstarFields): Buffer {
  const block = Buffer.alloc(tarBlockBytes);
  const octal = (value: number, digits: number, at: number) => {
    const text = fitsOctal(value, digits) ? value.toString(8) : '0';
    block.write(text.padStart(digits, '0'), at, 'latin1');
  };
  name.copy(block, 0);
  octal(entry.mode & 0o7777, 7, 100);
  octal(entry.uid, 7, 108);
  octal(entry.gid, 7, 116);
  octal(sizeBytes, 11, 124);
  octal(entry.mtimeSeconds, 11, 136);
  block.write(typeFlag, 156, 'latin1');
  target.copy(block, 157);
  block.write('ustar\x0000', 257, 'latin1');
  const isDevice = 'major' in entry;
  octal(isDevice ? entry.major : 0, 7, 329);
  octal(isDevice ? entry.minor : 0, 7, 337);
  prefix.copy(block, 345);
  block.fill(' ', 148, 156, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
