// Reads the build.lock of a build folder; none is as good as an empty one.
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildFile } from '../build-file/build-file.ts';
import { type BuildLock, buildLockName, emptyLock, LockMistake, parseBuildLock } from './build-lock.ts';
import type { Locks } from './locks.ts';

/** Larger than the lock of any build: a line for each of 100,000 packages. */
const largestBytes = 16 * 1024 * 1024;

/** @throws LockMistake for one that `vmb lock` did not write */
export async function readBuildLock(folder: string): Promise<BuildLock> {
  const path = join(folder, buildLockName);
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (facts === undefined) return emptyLock;
  if (!facts.isFile() || facts.size > largestBytes) {
    const what = facts.isFile() ? `it has ${facts.size} bytes` : 'it is no file';
    throw new LockMistake({
      position: { file: path, line: 1, column: 1 },
      where: '',
      what: `this is not what \`vmb lock\` wrote, because ${what}`,
      remedy: 'remove it, and run `vmb lock` again',
    });
  }
  return parseBuildLock(await readFile(path, 'utf8'), path);
}

/** That of a build, and of every build that it extends. @throws as `readBuildLock` */
export async function readLocks({ folder, parents }: Pick<BuildFile, 'folder' | 'parents'>): Promise<Locks> {
  const read = async (parent: string) => [parent, await readBuildLock(parent)] as const;
  const folders = parents.map(({ path }) => dirname(path));
  return { folder, own: await readBuildLock(folder), parents: new Map(await Promise.all(folders.map(read))) };
}
