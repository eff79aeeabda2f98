// Decides what a fetch job wants: the digests of the build file or of build.lock, and where the bytes may be had.
import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Digest } from '../../jobs/lib/digest.ts';
import type { FetchPlan } from '../../jobs/lib/fetch-plan.ts';
import { debFileName, debianArch, type FetchUrl } from '../../jobs/lib/fetch-url.ts';
import type { OptionPath, World } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import { isOutside } from '../outside.ts';
import { quoted } from '../printable.ts';
import { type LockedPackage, lockedFileName, packagesKey } from './build-lock.ts';
import { fileKey, type Locks, lockedFile, lockedList } from './locks.ts';
import type { Fetched, FileOrigin, WantedFile } from './wanted.ts';

export interface FetchFacts {
  /** Of the build file that says so, absolute. */
  readonly folder: string;
  readonly arch: World['arch'];
  readonly locks: Locks;
  /** The lock is being made: nothing has to be in it, and digests may be missing. */
  readonly unlocked: boolean;
  /** "vmb lock --repo r --name n" */
  readonly lockCommand: string;
}

/** Stands for what nobody knows yet, where a lock is being made. */
const unknownDigest: Digest = { algorithm: 'sha256', hex: '0'.repeat(64) };

/** Stands for a fetch that has a mistake. */
export const unknownFile: WantedFile = {
  fileName: 'unknown',
  digest: unknownDigest,
  sizeBytes: undefined,
  mostBytes: 0,
  retries: 0,
  origins: [],
};

/** @throws JobMistake */
export function planFetch(plan: FetchPlan, label: string, facts: FetchFacts): Fetched {
  return plan.kind === 'packages' ? planPackages(plan, label, facts) : planFile(plan, label, facts);
}

function planPackages(plan: Extract<FetchPlan, { kind: 'packages' }>, label: string, facts: FetchFacts): Fetched {
  const arch = debianArch(facts.arch);
  const key = packagesKey(arch, plan);
  const locked = lockedList(key, facts.folder, facts.locks);
  if (locked === undefined && !facts.unlocked) {
    throw new JobMistake(
      plan.at,
      'nothing says which versions these packages have and what they need, because build.lock has no such list',
      `run \`${facts.lockCommand}\``,
    );
  }
  const files = (locked ?? []).map((one) => wantedPackage(one, plan));
  files.sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  return { label, kind: 'folder', files, line: { key, isLocked: locked !== undefined }, debianArch: arch };
}

function planFile(plan: Extract<FetchPlan, { kind: 'file' }>, label: string, facts: FetchFacts): Fetched {
  const origins = plan.urls.map((url, index) => originOf(url, facts, [...plan.at, ...(index === 0 ? [] : [index])]));
  const { fileName, mostBytes, retries } = plan;
  const common = { fileName, mostBytes, retries, origins };
  const arch = debianArch(facts.arch);
  const [first] = plan.urls;
  if (plan.digest !== undefined || first === undefined) {
    const file = { ...common, digest: plan.digest ?? unknownDigest, sizeBytes: undefined };
    return { label, kind: 'file', files: [file], line: undefined, debianArch: arch };
  }
  const locked = lockedFile(first, facts.folder, facts.locks);
  if (locked === undefined && !facts.unlocked) {
    throw new JobMistake(
      plan.at,
      `nothing says what ${first.shown} must be, because neither sha256 nor sha512 is given and build.lock has no line for it`,
      `add sha256 = "…", or run \`${facts.lockCommand}\``,
    );
  }
  const { digest, sizeBytes } = locked ?? { digest: unknownDigest, sizeBytes: undefined };
  const line = { key: fileKey(first, facts.folder, facts.locks), isLocked: locked !== undefined };
  return { label, kind: 'file', files: [{ ...common, digest, sizeBytes }], line, debianArch: arch };
}

function wantedPackage(locked: LockedPackage, { mostBytes, retries }: FetchPlan): WantedFile {
  const { name, version, arch, sizeBytes, sha256, poolPath } = locked;
  const shown = `deb:${name}:${arch}=${version}`;
  return {
    fileName: lockedFileName(locked),
    digest: { algorithm: 'sha256', hex: sha256 },
    sizeBytes,
    mostBytes,
    retries,
    origins: [{ kind: 'deb', name, version, arch, poolPath, shown }],
  };
}

function originOf(url: FetchUrl, facts: FetchFacts, at: OptionPath): FileOrigin {
  switch (url.kind) {
    case 'http': {
      const { kind, href, credentials, shown } = url;
      return { kind, href, credentials, shown };
    }
    case 'file':
      return { kind: 'file', path: pathOf(url.path, facts.folder, at), shown: url.shown };
    case 'deb': {
      const { kind, name, version, arch, shown } = url;
      return { kind, name, version, arch, poolPath: guessedPath(url, debianArch(facts.arch)), shown };
    }
  }
}

/** Where Debian's archive has packages whose source has the same name. */
function guessedPath({ name, version, arch }: Extract<FetchUrl, { kind: 'deb' }>, ownArch: string): string {
  const letters = name.startsWith('lib') ? name.slice(0, 4) : name.slice(0, 1);
  return `pool/main/${letters}/${name}/${debFileName({ name, version, arch: arch ?? ownArch })}`;
}

/** A relative path stays in the build folder; an absolute one means this machine, and the digest says what it must be. */
function pathOf(path: string, folder: string, at: OptionPath): string {
  if (isAbsolute(path)) return path;
  const whole = resolve(folder, path);
  const leadsOut =
    isOutside(whole, folder) || (existsSync(whole) && isOutside(realpathSync(whole), realpathSync(folder)));
  if (!leadsOut) return whole;
  throw new JobMistake(
    at,
    `${quoted(path)} leads out of the build folder`,
    'name a file in it, or write the whole path, such as file:/srv/root.tar',
  );
}
