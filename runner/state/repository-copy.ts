// Copies of repositories that vmb keeps for itself: made whole or not at all, in the state folder.
import { randomBytes } from 'node:crypto';
import { cp, lstat, mkdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { RunnerError } from '../runner-error.ts';

/** Where copies lie. */
export function copiesFolder(stateFolder: string): string {
  return join(stateFolder, 'repositories');
}

/** Where the copy of a repository lies, if there is one; nothing else ever does. */
export function copyPath(stateFolder: string, name: string): string {
  return join(copiesFolder(stateFolder), name);
}

/** There need not be one. */
export function removeCopy(name: string, stateFolder: string): Promise<void> {
  return rm(copyPath(stateFolder, name), { recursive: true, force: true });
}

/**
 * Copies a folder without its .git, in place of an earlier copy. Links are copied as links; devices, sockets and pipes are refused.
 * @throws RunnerError `usage`
 */
export async function copyRepository(
  folder: string,
  name: string,
  stateFolder: string,
  signal: AbortSignal,
): Promise<string> {
  const parent = copiesFolder(stateFolder);
  const to = copyPath(stateFolder, name);
  if (!relative(folder, parent).startsWith('..')) {
    throw new RunnerError(
      'usage',
      `--copy: ${folder} holds vmb’s own state, ${stateFolder}, so that the copy would hold itself; name a folder in it.`,
    );
  }
  const unfinished = join(parent, `.${name}.${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  try {
    // A link to a folder would be copied as a link.
    await cp(await realpath(folder), unfinished, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => {
        signal.throwIfAborted();
        return isCopied(path);
      },
    });
    await rm(to, { recursive: true, force: true });
    await rename(unfinished, to);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return to;
}

async function isCopied(path: string): Promise<boolean> {
  if (basename(path) === '.git') return false;
  const facts = await lstat(path);
  if (facts.isFile() || facts.isDirectory() || facts.isSymbolicLink()) return true;
  throw new RunnerError(
    'usage',
    `--copy: ${path} is a device, a socket or a pipe, which cannot be copied; remove it, or leave --copy out.`,
  );
}
