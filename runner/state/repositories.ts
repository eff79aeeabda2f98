// Registered repositories: a name and a folder each, one file for each in the config folder; `images` is always there.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPlainName } from '../plain-name.ts';
import { writeFileAtomically } from './atomic-file.ts';
import type { WorkingCopy } from './working-copy.ts';

export interface Repository {
  readonly name: string;
  /** Absolute: where the build files are read. */
  readonly folder: string;
  /** The folder is vmb's own copy of this one; undefined when it is used where it lies. */
  readonly copyOf?: string;
  /** What was checked out when it was registered; undefined for what is no git working copy. */
  readonly git?: WorkingCopy;
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
export function writeRepository(configFolder: string, repository: Repository): Promise<void> {
  return writeFileAtomically(
    registrationPath(configFolder, repository.name),
    `${JSON.stringify({ schema: 1, ...repository }, undefined, 2)}\n`,
  );
}

/** Where a registration lies. */
export function registrationPath(configFolder: string, name: string): string {
  return join(repositoriesFolder(configFolder), `${name}.json`);
}

/** Where registrations lie. */
export function repositoriesFolder(configFolder: string): string {
  return join(configFolder, 'repositories');
}

async function readRepository(configFolder: string, file: string): Promise<Repository | undefined> {
  const name = file.replace(/\.json$/, '');
  if (name === file || name === bundledName || !isPlainName(name)) return undefined;
  try {
    const content: unknown = JSON.parse(await readFile(join(repositoriesFolder(configFolder), file), 'utf8'));
    if (typeof content !== 'object' || content === null || !('folder' in content)) return undefined;
    if (typeof content.folder !== 'string') return undefined;
    const copyOf = 'copyOf' in content && typeof content.copyOf === 'string' ? { copyOf: content.copyOf } : {};
    const git = 'git' in content ? readGit(content.git) : {};
    return { name, folder: content.folder, ...copyOf, ...git };
  } catch {
    return undefined;
  }
}

function readGit(value: unknown): Pick<Repository, 'git'> {
  if (typeof value !== 'object' || value === null || !('commit' in value) || !('dirty' in value)) return {};
  const { commit, dirty } = value;
  return typeof commit === 'string' && typeof dirty === 'boolean' ? { git: { commit, dirty } } : {};
}
