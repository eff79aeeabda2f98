// build.lock, beside a build file: what its fetches were found to be, so that every later build takes exactly that. Text, data, and back.
import { type Digest, digestDigits } from '../../jobs/lib/digest.ts';
import { debFileName } from '../../jobs/lib/fetch-url.ts';
import type { Mistake } from '../build-file/build-file.ts';
import { isEpoch } from '../build-file/epoch.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';

export const buildLockName = 'build.lock';

export interface LockedFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** As Debian names it: amd64, i386, all. */
  readonly arch: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Where an archive has it. */
  readonly poolPath: string;
}

export interface BuildLock {
  /** The clock of a build that names none, seconds since 1970: nothing that is locked is later. Undefined in a lock from before. */
  readonly epochSeconds: number | undefined;
  /** By the key of the first address; see fetch-url.ts. No password or query is in it. */
  readonly files: ReadonlyMap<string, LockedFile>;
  /** By what was asked for, see `packagesKey`. */
  readonly packages: ReadonlyMap<string, readonly LockedPackage[]>;
}

export const emptyLock: BuildLock = { epochSeconds: undefined, files: new Map(), packages: new Map() };

interface PackagesWish {
  readonly names: readonly string[];
  readonly essential: boolean;
  readonly recommends: boolean;
}

/** "amd64 essential: apt busybox" */
export function packagesKey(debianArch: string, { names, essential, recommends }: PackagesWish): string {
  const words = [debianArch, ...(essential ? ['essential'] : []), ...(recommends ? ['recommends'] : [])];
  return `${words.join(' ')}: ${names.join(' ')}`;
}

const head = `# What the fetches of this build were found to be. Written by \`vmb lock\`; keep it with the build file.
# epoch, the clock of a build without one | file ADDRESS, digest and bytes | packages WISH, then NAME VERSION ARCH BYTES SHA-256 PATH IN THE ARCHIVE
`;

export function formatBuildLock({ epochSeconds, files, packages }: BuildLock): string {
  const sections: string[] = [];
  if (epochSeconds !== undefined) sections.push(`epoch ${dateText(epochSeconds)}\n`);
  for (const [key, { digest, sizeBytes }] of sorted(files)) {
    sections.push(`file ${key}\n  ${digest.algorithm} ${digest.hex} ${sizeBytes}\n`);
  }
  for (const [key, list] of sorted(packages)) {
    const lines = list.map(
      ({ name, version, arch, sizeBytes, sha256, poolPath }) =>
        `  ${name} ${version} ${arch} ${sizeBytes} ${sha256} ${poolPath}\n`,
    );
    sections.push(`packages ${key}\n${lines.sort().join('')}`);
  }
  return [head, ...sections].join('\n');
}

/** "2026-01-01T00:00:00Z" */
export function dateText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

const epochLine = /^epoch ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)$/;
const fileLine = /^ {2}(sha256|sha512) ([0-9a-f]+) ([0-9]{1,15})$/;
const packageLine =
  /^ {2}([a-z0-9][a-z0-9+.-]+) ([A-Za-z0-9][A-Za-z0-9.+:~-]*) (amd64|i386|all) ([0-9]{1,15}) ([0-9a-f]{64}) ([A-Za-z0-9._+~/-]+)$/;

/** @throws LockMistake naming file and line */
export function parseBuildLock(text: string, path: string): BuildLock {
  const files = new Map<string, LockedFile>();
  const packages = new Map<string, LockedPackage[]>();
  let open: { kind: 'file' | 'packages'; key: string } | undefined;
  let epochSeconds: number | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const epoch = parseEpoch(line);
    if (epoch !== undefined) {
      epochSeconds = epoch;
      continue;
    }
    const [, kind, key] = /^(file|packages) (.+)$/.exec(line) ?? [];
    if (kind === 'file' || kind === 'packages') {
      open = { kind, key: key ?? '' };
      if (kind === 'packages') packages.set(open.key, []);
      continue;
    }
    const file = open?.kind === 'file' ? parseFile(line) : undefined;
    const locked = open?.kind === 'packages' ? parsePackage(line) : undefined;
    if (open !== undefined && file !== undefined) files.set(open.key, file);
    else if (open !== undefined && locked !== undefined) packages.get(open.key)?.push(locked);
    else throw wrongLine(path, index + 1, line);
  }
  return { epochSeconds, files, packages };
}

function parseEpoch(line: string): number | undefined {
  const [, text = ''] = epochLine.exec(line) ?? [];
  const seconds = Date.parse(text) / 1000;
  return text !== '' && dateText(Number.isNaN(seconds) ? 0 : seconds) === text && isEpoch(seconds)
    ? seconds
    : undefined;
}

function parseFile(line: string): LockedFile | undefined {
  const [, algorithm, hex = '', size] = fileLine.exec(line) ?? [];
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return undefined;
  return hex.length === digestDigits[algorithm] ? { digest: { algorithm, hex }, sizeBytes: Number(size) } : undefined;
}

function parsePackage(line: string): LockedPackage | undefined {
  const [, name, version, arch, size, sha256, poolPath] = packageLine.exec(line) ?? [];
  if (name === undefined || version === undefined || arch === undefined) return undefined;
  if (sha256 === undefined || poolPath === undefined || /(^|\/)\.{0,2}(\/|$)/.test(poolPath)) return undefined;
  return { name, version, arch, sizeBytes: Number(size), sha256, poolPath };
}

function wrongLine(path: string, line: number, text: string): LockMistake {
  return new LockMistake({
    position: { file: path, line, column: 1 },
    where: '',
    what: `${quoted(text)} is no line of a lock, because only \`vmb lock\` writes it`,
    remedy: 'take the file back as it was, or remove it and run `vmb lock` again',
  });
}

/** A file that is no lock: a mistake as in a build file, with its place. */
export class LockMistake extends RunnerError {
  readonly mistake: Mistake;

  constructor(mistake: Mistake) {
    const { position, what, remedy } = mistake;
    super('build-file', `${position.file}:${position.line}:${position.column}: ${what}; ${remedy}`);
    this.mistake = mistake;
  }
}

/** The name of a package's file in a folder. */
export function lockedFileName(locked: LockedPackage): string {
  return debFileName(locked);
}
