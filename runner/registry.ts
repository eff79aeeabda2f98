// Discovers jobs and VMM adapters by reading their folders, and loads only those that are asked for.
import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Job } from '../jobs/lib/job.ts';
import type { AdapterDefinition } from '../vmm-adapters/lib/adapter.ts';

/** What the files of jobs/ and vmm-adapters/ offer, by file name. Names are sorted by code unit. */
export interface Registry {
  jobNames(): Promise<readonly string[]>;
  /** Undefined when there is no such file. */
  findJob(name: string): Promise<Job | undefined>;
  adapterNames(): Promise<readonly string[]>;
  findAdapter(name: string): Promise<AdapterDefinition | undefined>;
}

/** `root` holds jobs/ and vmm-adapters/; `extension` is ".ts" in the sources and ".js" once compiled. */
export function makeRegistry(root: URL, extension: string): Registry {
  const jobs = makeShelf(new URL('jobs/', root), extension, 'job', isJob);
  const adapters = makeShelf(new URL('vmm-adapters/', root), extension, 'adapter', isAdapterDefinition);
  return {
    jobNames: jobs.names,
    findJob: jobs.find,
    adapterNames: adapters.names,
    findAdapter: adapters.find,
  };
}

/** The jobs and adapters that come with this vmb. */
export const registry: Registry = makeRegistry(new URL('../', import.meta.url), extname(import.meta.url));

interface Shelf<T> {
  names(): Promise<readonly string[]>;
  find(name: string): Promise<T | undefined>;
}

function makeShelf<T extends { readonly name: string }>(
  folder: URL,
  extension: string,
  exportName: string,
  isWanted: (value: unknown) => value is T,
): Shelf<T> {
  let listed: Promise<readonly string[]> | undefined;
  const names = (): Promise<readonly string[]> => {
    listed ??= listNames(folder, extension);
    return listed;
  };
  return {
    names,
    async find(name) {
      if (!(await names()).includes(name)) return undefined;
      const url = new URL(`${name}${extension}`, folder);
      const module: Record<string, unknown> = await import(url.href);
      const value = module[exportName];
      if (!isWanted(value) || value.name !== name) {
        throw new Error(`${url.pathname}: must export \`${exportName}\`, whose name is "${name}" as the file's is`);
      }
      return value;
    },
  };
}

async function listNames(folder: URL, extension: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension) && !entry.name.endsWith('.d.ts'))
    .map((entry) => entry.name.slice(0, -extension.length))
    .sort();
}

function isJob(value: unknown): value is Job {
  return has(value, { name: 'string', summary: 'string', schema: 'object', bind: 'function' });
}

function isAdapterDefinition(value: unknown): value is AdapterDefinition {
  return has(value, { name: 'string', summary: 'string', options: 'object', sweep: 'function', open: 'function' });
}

function has(value: unknown, types: Readonly<Record<string, string>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return Object.entries(types).every(([name, type]) => typeof fields.get(name) === type);
}
