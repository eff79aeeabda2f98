// Lists the regular files below a folder in one order on every machine.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Paths relative to `folder`, sorted by code unit. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
