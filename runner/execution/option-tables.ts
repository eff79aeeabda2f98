// Reads the TOML files that options of a VMM's adapter name: adapters get what they hold, and know no parser.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AdapterDefinition, Table } from '../../vmm-adapters/lib/adapter.ts';
import { readToml } from '../build-file/toml.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';

/** By option. @throws RunnerError `usage` */
export function optionTables(
  { options: known }: AdapterDefinition,
  options: Readonly<Record<string, string>>,
): Record<string, Table> {
  const tables: Record<string, Table> = {};
  for (const [name, option] of Object.entries(known)) {
    const path = options[name];
    if ('file' in option && path !== undefined) tables[name] = tableIn(`--vmm-option ${name}=${path}`, resolve(path));
  }
  return tables;
}

function tableIn(where: string, path: string): Table {
  const read = readToml(textOf(where, path));
  if (read.ok) return read.table;
  const { place, what, remedy } = read;
  throw new RunnerError('usage', `${path}:${place.line}:${place.column}: ${what}; ${remedy}.`);
}

function textOf(where: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RunnerError('usage', `${where}: the file ${quoted(path)} cannot be read; correct its name.`, { cause });
  }
}
