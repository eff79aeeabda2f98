// Reads the build.lock of a build folder; none is as good as an empty one.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildLock, buildLockName, emptyLock, parseBuildLock } from './build-lock.ts';

/** @throws RunnerError `build-file` for one that `vmb lock` did not write */
export async function readBuildLock(folder: string): Promise<BuildLock> {
  const path = join(folder, buildLockName);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? emptyLock : parseBuildLock(text, path);
}
