// Reads header blocks and pax records of a hostile tar archive as data; refuses whatever is not plain. Pure.
import { BorderError } from './border-error.ts';

export interface ParsedHeader {
  /** As it stands in the archive, unchecked. */
  readonly path: Buffer;
  readonly target: Buffer;
  readonly typeFlag: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly uid: number;
  readonly gid: number;
  /** Of devices. */
  readonly major: number;
  readonly minor: number;
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/** Values of a pax header that this reader heeds; they win over those of the header block that follows. */
export interface PaxValues {
  readonly path?: Buffer;
  readonly target?: Buffer;
  readonly sizeBytes?: number;
  readonly mtimeSeconds?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly xattrs?: Map<string, Buffer>;
}

/** Undefined for a block of zeros, which ends an archive. @throws BorderError `tar-refused` */
export function parseHeader(block: Buffer, pax: PaxValues): ParsedHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (octal(block, 148, 8) !== sum)
    throw refused('A header block has a wrong checksum: this is no tar archive, or it is damaged.');
  if (block.toString('latin1', 257, 262) !== 'ustar') {
    throw refused('A header block is not of the formats ustar and pax.');
  }
  const isGnu = block.toString('latin1', 257, 265) === 'ustar  \0';
  const name = field(block, 0, 100);
  const prefix = isGnu ? Buffer.alloc(0) : field(block, 345, 155);
  return {
    path: pax.path ?? (prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name])),
    target: pax.target ?? field(block, 157, 100),
    typeFlag: String.fromCharCode(block[156] ?? 0),
    mode: octal(block, 100, 8) & 0o7777,
    sizeBytes: pax.sizeBytes ?? octal(block, 124, 12),
    mtimeSeconds: pax.mtimeSeconds ?? octal(block, 136, 12),
    uid: pax.uid ?? octal(block, 108, 8),
    gid: pax.gid ?? octal(block, 116, 8),
    major: octal(block, 329, 8),
    minor: octal(block, 337, 8),
    xattrs: pax.xattrs ?? new Map(),
  };
}

/** Records `LENGTH NAME=VALUE\n`. @throws BorderError `tar-refused` */
export function parsePax(content: Buffer): PaxValues {
  const values: { -readonly [K in keyof PaxValues]: PaxValues[K] } = {};
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at);
    const length = Number(space === -1 ? Number.NaN : content.toString('latin1', at, space));
    const record = content.subarray(space + 1, at + length);
    const equals = record.indexOf(0x3d);
    if (
      !Number.isSafeInteger(length) ||
      length < 5 ||
      at + length > content.length ||
      record.at(-1) !== 10 ||
      equals < 1
    ) {
      throw refused('A pax header is damaged.');
    }
    readRecord(values, record.toString('latin1', 0, equals), record.subarray(equals + 1, -1));
    at += length;
  }
  return values;
}

function readRecord(values: { -readonly [K in keyof PaxValues]: PaxValues[K] }, name: string, value: Buffer): void {
  if (name.startsWith('GNU.sparse.'))
    throw refused('It holds a sparse file in a form of GNU tar. Write it without --sparse.');
  // Attributes and access control lists, in the names of star and GNU tar; their values may hold anything.
  if (/^SCHILY\.(xattr|acl)\./.test(name)) {
    values.xattrs ??= new Map();
    values.xattrs.set(name.replace('SCHILY.xattr.', '').replace('SCHILY.', ''), Buffer.from(value));
    return;
  }
  if (value.includes(0)) throw refused('A pax header holds a name with a zero byte.');
  // Copies: the records live as long as one entry, the buffer they lie in as long as a chunk.
  if (name === 'path') values.path = Buffer.from(value);
  if (name === 'linkpath') values.target = Buffer.from(value);
  if (name === 'size') values.sizeBytes = decimal(value);
  if (name === 'uid') values.uid = decimal(value);
  if (name === 'gid') values.gid = decimal(value);
  if (name === 'mtime') values.mtimeSeconds = Math.floor(finite(value));
}

function decimal(value: Buffer): number {
  const text = value.toString('latin1');
  const number = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(number)) throw refused('A pax header has a wrong number.');
  return number;
}

function finite(value: Buffer): number {
  const text = value.toString('latin1');
  if (!/^-?[0-9]{1,15}(\.[0-9]*)?$/.test(text)) throw refused('A pax header has a wrong time.');
  return Number(text);
}

function octal(block: Buffer, at: number, length: number): number {
  const text = block.toString('latin1', at, at + length);
  const digits = /^ *([0-7]*)[\0 ]*$/.exec(text)?.[1];
  if (digits === undefined) throw refused('A header block has a number that is not octal.');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function field(block: Buffer, at: number, length: number): Buffer {
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end));
}

/** @param subject the entry's path, when it is known */
export function refused(why: string, subject?: Buffer): BorderError {
  const where = subject === undefined ? '' : `${JSON.stringify(subject.toString('utf8'))}: `;
  return new BorderError('tar-refused', `The archive is refused. ${where}${why}`);
}
