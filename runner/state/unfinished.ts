// What a killed vmb left half done under a temporary name: such names hold the number of the process that made them.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** NAME.PID-EIGHT-HEX-DIGITS, with or without .tmp: as temporaryName, writeFileAtomically and copies of repositories have it. */
const temporary = /\.(\d{1,10})-[0-9a-f]{8}(?:\.tmp)?$/;

/** Paths in these folders that nobody finishes any more. */
export async function unfinishedIn(folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      const pid = temporary.exec(name)?.[1];
      if (pid !== undefined && !existsSync(`/proc/${pid}`)) found.push(join(folder, name));
    }
  }
  return found.sort();
}
