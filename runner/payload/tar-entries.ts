// Makes tar entries of scanned host files: normalised owners, modes and times, so that a clone and a copy are the same.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TarEntry } from '../../build-vm/border/tar-write.ts';
import type { Attributes, OptionPath } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import { replacedLength, replaceVariables } from '../build-file/variables.ts';
import { unchangedChunks } from './file-bytes.ts';
import type { ScannedEntry } from './scan.ts';

export interface Normalisation {
  readonly attributes: Attributes;
  readonly vars: ReadonlyMap<string, string>;
  readonly epochSeconds: number;
  /** Takes the names of variables that files use. */
  readonly usedVars?: Set<string>;
  /** Place of the source in the build file. */
  readonly at: OptionPath;
}

/** Entries with the digest of what they hold. */
export interface TarContent {
  readonly entries: readonly TarEntry[];
  /** SHA-256 over paths, types, modes, owners, attributes and contents: all that determines what arrives, times aside. */
  readonly digest: string;
  /** Sum of the files' lengths. */
  readonly sizeBytes: number;
}

// Files in which variables are replaced are read whole.
const longestTemplateBytes = 16 * 1024 * 1024;
// What becomes of them, too.
const longestReplacedBytes = 4 * longestTemplateBytes;

/** `top`: name of the first scanned entry in the tar; when it is empty, the content of that folder is the tar's top level. */
export function treeContent(scanned: readonly ScannedEntry[], top: string, how: Normalisation): TarContent {
  const pieces = scanned.map((entry) => pieceOf(entry, how));
  const placed = pieces.flatMap((piece, index) => {
    const path = scanned[index]?.path ?? Buffer.alloc(0);
    const whole =
      top === '' ? path : path.length === 0 ? Buffer.from(top) : Buffer.concat([Buffer.from(`${top}/`), path]);
    return whole.length === 0 ? [] : [{ entry: { ...piece.entry, path: whole }, digest: piece.digest }];
  });
  return contentOf(placed);
}

/** A tar of one file with this text. */
export function textContent(text: string, path: string, how: Normalisation): TarContent {
  const { entry, digest } = bytesPiece(Buffer.from(text), false, how);
  return contentOf([{ entry: { ...entry, path }, digest }]);
}

interface Piece {
  readonly entry: TarEntry;
  /** Digest of a file's content, or target of a link. */
  readonly digest: string;
}

function contentOf(pieces: readonly Piece[]): TarContent {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for (const { entry, digest } of pieces) {
    const path = Buffer.from(entry.path).toString('hex');
    const xattrs = [...(entry.xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString('hex')]);
    hash.update(`${JSON.stringify([path, entry.type, entry.mode, entry.uid, entry.gid, xattrs, digest])}\n`);
    if (entry.type === 'file') sizeBytes += entry.sizeBytes;
  }
  return { entries: pieces.map(({ entry }) => entry), digest: hash.digest('hex'), sizeBytes };
}

/** An entry that still lacks its path. */
function pieceOf(entry: ScannedEntry, how: Normalisation): Piece {
  switch (entry.kind) {
    case 'folder':
      return { entry: { ...common(0o755, how), type: 'folder' }, digest: '' };
    case 'link':
      return {
        entry: { ...common(0o777, how), type: 'symlink', target: entry.target },
        digest: entry.target.toString('hex'),
      };
    case 'file': {
      if (how.attributes.substitute === true) {
        return bytesPiece(substituted(entry.hostPath, entry.sizeBytes, how), entry.executable, how);
      }
      const { hostPath, digest, sizeBytes } = entry;
      const content = async function* () {
        yield* unchangedChunks(hostPath, digest);
      };
      return { entry: { ...fileCommon(entry.executable, how), type: 'file', sizeBytes, content }, digest };
    }
  }
}

function bytesPiece(bytes: Buffer, executable: boolean, how: Normalisation): Piece {
  const content = async function* () {
    yield bytes;
  };
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { entry: { ...fileCommon(executable, how), type: 'file', sizeBytes: bytes.length, content }, digest };
}

function fileCommon(executable: boolean, how: Normalisation) {
  const { mode, xattrs } = how.attributes;
  const attributes = Object.entries(xattrs ?? {}).map(([name, value]): [string, Uint8Array] => [
    name,
    Buffer.from(value, 'hex'),
  ]);
  return {
    ...common(mode ?? (executable ? 0o755 : 0o644), how),
    ...(attributes.length === 0 ? {} : { xattrs: new Map(attributes) }),
  };
}

function common(mode: number, { attributes, epochSeconds }: Normalisation) {
  return { path: '', mode, uid: attributes.uid ?? 0, gid: attributes.gid ?? 0, mtimeSeconds: epochSeconds };
}

/** @throws JobMistake for a variable that is not there, or a file too large to be a text */
function substituted(hostPath: Buffer, sizeBytes: number, how: Normalisation): Buffer {
  const name = hostPath.toString();
  if (sizeBytes > longestTemplateBytes) {
    throw new JobMistake(
      how.at,
      `${name} is too large to replace variables in it, because such files are read whole`,
      'copy it by a job of its own, without `substitute`',
    );
  }
  const bytes = readFileSync(hostPath);
  const vars = latin1(how.vars);
  if (replacedLength(bytes.toString('latin1'), vars) > longestReplacedBytes) {
    throw new JobMistake(
      how.at,
      `${name} would have more than ${longestReplacedBytes} bytes once variables are replaced`,
      'use shorter values',
    );
  }
  const { text, problems, used } = replaceVariables(bytes.toString('latin1'), vars);
  for (const name of used) how.usedVars?.add(name);
  const [problem] = problems;
  if (problem === undefined) return Buffer.from(text, 'latin1');
  const shown = problem.kind === 'undefined' ? `\${${problem.name}}` : problem.text;
  const why =
    problem.kind === 'undefined' ? 'there is no variable of that name in [vars]' : 'that is no name of a variable';
  throw new JobMistake(how.at, `${name} holds ${shown}, but ${why}`, 'correct it, or write $${ for a ${ that stays');
}

/** Files are any bytes, values are text: both as one character a byte, so that nothing is lost on the way. */
function latin1(vars: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...vars].map(([name, value]) => [name, Buffer.from(value).toString('latin1')]));
}
