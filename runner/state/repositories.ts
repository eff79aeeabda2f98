// Registered repositories: a name and a folder each, one file for each in the config folder; `images` is always there.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPlainName } from '../plain-name.ts';
import { writeFileAtomically } from './atomic-file.ts';

export interface Repository {
  readonly name: string;
  /** Absolute; the folder is used where it lies, nothing of it is copied. */
  readonly folder: string;
}

/** Name of the bundled repository. */
export const bundledName = 'images';

/** Sorted by name, the bundled one first. Files that say nothing sensible are passed over. */
export async function listRepositories(configFolder: string, imagesFolder: string): Promise<Repository[]> {
  const names = await readdir(repositoriesFolder(configFolder)).catch(() => []);
  const registered: Repository[] = [{ name: bundledName, folder: imagesFolder }];
  for (const file of names.sort()) {
    const repository = await readRepository(configFolder, file);
    if (repository !== undefined) registered.push(repository);
  }
  return registered;
}

/** Registers a folder, in place of another one of the same name. */
export function writeRepository(configFolder: string, { name, folder }: Repository): Promise<void> {
  return writeFileAtomically(
    join(repositoriesFolder(configFolder), `${name}.json`),
    `${JSON.stringify({ schema: 1, name, folder }, undefined, 2)}\n`,
  );
}

function repositoriesFolder(configFolder: string): string {
  return join(configFolder, 'repositories');
}

async function readRepository(configFolder: string, file: string): Promise<Repository | undefined> {
  const name = file.replace(/\.json$/, '');
  if (name === file || name === bundledName || !isPlainName(name)) return undefined;
  try {
    const content: unknown = JSON.parse(await readFile(join(repositoriesFolder(configFolder), file), 'utf8'));
    if (typeof content !== 'object' || content === null || !('folder' in content)) return undefined;
    return typeof content.folder === 'string' ? { name, folder: content.folder } : undefined;
  } catch {
    return undefined;
  }
}
