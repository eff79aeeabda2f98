// Mirrors of Debian archives that the user named: fetch.toml in vmb's config folder. Never in a build file.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseFetchUrl } from '../../jobs/lib/fetch-url.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import { readToml } from '../build-file/toml.ts';
import { RunnerError } from '../runner-error.ts';
import type { FileOrigin } from './wanted.ts';

/** Turns a path in an archive into places where it may be had, in the user's order. */
export type Mirrors = (poolPath: string) => FileOrigin[];

const fileName = 'fetch.toml';
const key = 'deb-mirrors';

/** @throws RunnerError `usage` for a file that says something else */
export async function readMirrors(configFolder: string): Promise<Mirrors> {
  const path = join(configFolder, fileName);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const read = readToml(text);
  if (!read.ok) throw wrong(`${path}:${read.place.line}:${read.place.column}`, `${read.what}; ${read.remedy}`);
  const unknown = Object.keys(read.table).find((name) => name !== key);
  if (unknown !== undefined)
    throw wrong(path, `there is no setting ${JSON.stringify(unknown)}; ${key} is the only one`);
  const list = read.table[key] ?? [];
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) {
    throw wrong(path, `${key} must be a list of addresses; write ${key} = ["file:/srv/debian"]`);
  }
  for (const base of list) originAt(path, base, 'pool');
  return (poolPath) => list.map((base) => originAt(path, base, poolPath));
}

function originAt(path: string, base: string, poolPath: string): FileOrigin {
  // "+" means itself in the path of an address, but some servers take it for a blank.
  const place = base.startsWith('file:') ? poolPath : poolPath.split('/').map(encodeURIComponent).join('/');
  try {
    const url = parseFetchUrl(`${base.replace(/\/+$/, '')}/${place}`, []);
    if (url.kind === 'http') return { kind: 'http', href: url.href, credentials: url.credentials, shown: url.shown };
    if (url.kind === 'file' && url.path.startsWith('/')) return { kind: 'file', path: url.path, shown: url.shown };
  } catch (error) {
    if (!(error instanceof JobMistake)) throw error;
  }
  throw wrong(
    path,
    `one of ${key} is no address of an archive; write https://HOST/PATH, or file: and an absolute path`,
  );
}

function wrong(where: string, what: string): RunnerError {
  return new RunnerError('usage', `${where}: ${what}.`);
}
