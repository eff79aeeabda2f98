// The locks that count for a build: its own, then that of the build file that a fetch is written in, where that is a parent.
import { basename, isAbsolute } from 'node:path';
import type { FetchUrl } from '../../jobs/lib/fetch-url.ts';
import type { BuildFile } from '../build-file/build-file.ts';
import { printable } from '../printable.ts';
import type { BuildLock, LockedFile, LockedPackage } from './build-lock.ts';

export interface Locks {
  /** The build folder, absolute. */
  readonly folder: string;
  readonly own: BuildLock;
  /** By build folder: those of the builds that it extends, the nearest first. */
  readonly parents: ReadonlyMap<string, BuildLock>;
}

/**
 * In the build's own lock, where a relative path that a parent says means another file than the build's own. The parent's folder
 * is called as if it lay beside, wherever it lies: on another machine that is elsewhere. No name of a folder begins another line.
 */
export function fileKey(url: FetchUrl, writtenIn: string, { folder }: Locks): string {
  if (url.kind !== 'file' || isAbsolute(url.path) || writtenIn === folder) return url.key;
  return `file:../${printable(basename(writtenIn))}/${url.path}`;
}

export function lockedFile(url: FetchUrl, writtenIn: string, locks: Locks): LockedFile | undefined {
  const own = locks.own.files.get(fileKey(url, writtenIn, locks));
  return own ?? locks.parents.get(writtenIn)?.files.get(url.key);
}

/** The build's clock where neither its build file nor SOURCE_DATE_EPOCH names one: of its own lock, else of the nearest parent's. */
export function lockedEpoch(epoch: BuildFile['epoch'], { own, parents }: Locks): BuildFile['epoch'] {
  if (epoch.origin !== 'default') return epoch;
  const seconds = [own, ...parents.values()].flatMap(({ epochSeconds }) => epochSeconds ?? [])[0];
  return seconds === undefined ? epoch : { seconds, origin: 'build.lock' };
}

/** `key`: see `packagesKey`. */
export function lockedList(key: string, writtenIn: string, locks: Locks): readonly LockedPackage[] | undefined {
  return locks.own.packages.get(key) ?? locks.parents.get(writtenIn)?.packages.get(key);
}
