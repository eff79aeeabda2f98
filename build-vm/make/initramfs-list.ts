// The build-VM's root as data: which file, folder, link and node lies where, and the text in gen_init_cpio's list format.
import { posix } from 'node:path';
import { BuildVmError } from './build-vm-error.ts';
import { type GuestProgram, gconvModules, localeFolder, omittedApplets } from './packages.ts';

export type RootEntry =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'file'; readonly path: string; readonly source: FileSource; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'node';
      readonly path: string;
      readonly mode: number;
      readonly major: number;
      readonly minor: number;
    };

/** Where a file's bytes come from: a path on the host, or the text itself. */
export type FileSource = { readonly file: string } | { readonly text: string };

export interface RootParts {
  readonly programs: readonly GuestProgram[];
  /** Path in the guest to path on the host: programs, libraries, converters, locale, settings. */
  readonly packageFiles: ReadonlyMap<string, string>;
  /** Names that busybox answers to. */
  readonly applets: readonly string[];
  /** Files of build-vm/guest/: path below it to host path, and whether it begins with `#!`. */
  readonly guestFiles: ReadonlyMap<string, { readonly file: string; readonly isScript: boolean }>;
}

const folders: ReadonlyMap<string, number> = new Map([
  ['/dev', 0o755],
  ['/etc', 0o755],
  ['/mnt', 0o755],
  ['/proc', 0o555],
  ['/root', 0o700],
  ['/run', 0o755],
  ['/sys', 0o555],
  ['/tmp', 0o1777],
]);

const texts: ReadonlyMap<string, string> = new Map([
  ['/etc/group', 'root:x:0:\nnogroup:x:65534:\n'],
  ['/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n'],
]);

/** Every entry of the root, sorted by path in code units, so that a folder comes before what it holds. */
export function rootEntries(parts: RootParts): RootEntry[] {
  const entries = new Map<string, RootEntry>();
  const add = (entry: RootEntry) => entries.set(entry.path, entry);
  for (const [path, mode] of folders) add({ kind: 'folder', path, mode });
  // Without these two, init has no console and cannot discard output before it mounts /dev.
  add({ kind: 'node', path: '/dev/console', mode: 0o600, major: 5, minor: 1 });
  add({ kind: 'node', path: '/dev/null', mode: 0o666, major: 1, minor: 3 });
  add({ kind: 'link', path: '/etc/mtab', target: '/proc/self/mounts' });
  add({ kind: 'link', path: '/init', target: '/vmb/init' });
  for (const [path, text] of texts) add({ kind: 'file', path, source: { text }, mode: 0o644 });
  for (const [path, file] of parts.packageFiles) add({ kind: 'file', path, source: { file }, mode: modeOf(path) });
  for (const link of programLinks(parts.programs)) add(link);
  for (const name of appletsWithoutProgram(parts)) add({ kind: 'link', path: `/bin/${name}`, target: 'busybox' });
  for (const [name, { file, isScript }] of parts.guestFiles) {
    add({ kind: 'file', path: `/vmb/${name}`, source: { file }, mode: isScript ? 0o755 : 0o644 });
  }
  for (const path of [...entries.keys()]) {
    for (let above = posix.dirname(path); above !== '/'; above = posix.dirname(above)) {
      if (!entries.has(above)) add({ kind: 'folder', path: above, mode: 0o755 });
    }
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function modeOf(path: string): number {
  const isData =
    path.startsWith('/etc/') || path.startsWith(localeFolder) || gconvModules.some((name) => path.endsWith(`/${name}`));
  return isData ? 0o644 : 0o755;
}

function programLinks(programs: readonly GuestProgram[]): RootEntry[] {
  return programs.flatMap((program) =>
    (program.links ?? []).map((name): RootEntry => {
      return {
        kind: 'link',
        path: posix.join(posix.dirname(program.path), name),
        target: posix.basename(program.path),
      };
    }),
  );
}

/** Real programs win over applets of the same name, whichever folder they lie in. */
function appletsWithoutProgram(parts: RootParts): string[] {
  const taken = new Set(['busybox', ...omittedApplets]);
  for (const program of parts.programs) {
    for (const name of [posix.basename(program.path), ...(program.links ?? [])]) taken.add(name);
  }
  return parts.applets.filter((name) => !taken.has(name));
}

/**
 * The list that usr/gen_init_cpio of the kernel reads. Everything belongs to root.
 * @param locate path of a file's bytes, relative to the folder that gen_init_cpio runs in
 */
export function formatCpioList(
  entries: readonly RootEntry[],
  locate: (entry: RootEntry & { kind: 'file' }) => string,
): string {
  return entries.map((entry) => `${formatEntry(entry, locate)}\n`).join('');
}

function formatEntry(entry: RootEntry, locate: (entry: RootEntry & { kind: 'file' }) => string): string {
  const path = plain(entry.path);
  switch (entry.kind) {
    case 'folder':
      return `dir ${path} ${octal(entry.mode)} 0 0`;
    case 'file':
      return `file ${path} ${plain(locate(entry))} ${octal(entry.mode)} 0 0`;
    case 'link':
      return `slink ${path} ${plain(entry.target)} 0777 0 0`;
    case 'node':
      return `nod ${path} ${octal(entry.mode)} 0 0 c ${entry.major} ${entry.minor}`;
    default:
      return unreachable(entry);
  }
}

/** The list format has no quoting: white space ends a name, `$` begins a variable. */
function plain(name: string): string {
  if (/^[!#%-~]+$/.test(name)) return name;
  throw new BuildVmError(
    'input-wrong',
    `${JSON.stringify(name)}: this name cannot go into the initramfs, because its list format has no quoting. Rename it with letters, digits, dots and dashes only.`,
  );
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function unreachable(value: never): never {
  throw new Error(`Internal error: ${JSON.stringify(value)}`);
}
