// Finds the build files of a repository, and what each one says of itself.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPlainName } from '../plain-name.ts';
import { readTable } from './read-table.ts';
import { readText } from './text.ts';
import { vmBuilderName } from './vm-builder/read-vm-builder.ts';

export const buildFileName = 'build.toml';
/** The first of them that is in a folder counts: a build.xml stays beside the build.toml that was made of it. */
export const buildFileNames: readonly string[] = [buildFileName, vmBuilderName];

/** Repositories are a few folders deep at most; deeper lies what somebody else put there. */
const deepestFolder = 4;

/**
 * Paths of every build file below a folder, sorted. A build folder is not searched further, as what is in it belongs to the
 * build; hidden folders and links are passed over.
 */
export async function findBuildFiles(folder: string, depth = deepestFolder): Promise<string[]> {
  for (const name of buildFileNames) {
    const own = join(folder, name);
    if ((await stat(own).catch(() => undefined)) !== undefined) return [own];
  }
  if (depth === 0) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    found.push(...(await findBuildFiles(join(folder, entry.name), depth - 1)));
  }
  return found;
}

/** What a build file says at its top; undefined where it says nothing sensible or the file cannot be read. */
export interface BuildFileHead {
  readonly path: string;
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly arch: string | undefined;
  readonly summary: string | undefined;
}

/** Reads only the top and forgives everything else, so that builds can be listed and chosen beside broken ones. */
export async function readHead(path: string): Promise<BuildFileHead> {
  const read = await readText(path);
  const written = read.ok ? readTable(path, read.text) : undefined;
  const text = (key: string): string | undefined => {
    const value = written?.ok ? written.table[key] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const plain = (key: string): string | undefined => {
    const value = text(key);
    return value !== undefined && isPlainName(value) ? value : undefined;
  };
  return { path, name: plain('name'), version: plain('version'), arch: plain('arch'), summary: text('summary') };
}
