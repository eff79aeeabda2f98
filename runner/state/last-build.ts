// Finds when a build was carried out last, from the record that it left in the state folder.
import { readFile } from 'node:fs/promises';
import { recordPath } from '../execution/record.ts';

export interface BuildName {
  readonly repository: string;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
}

/** ISO 8601, UTC; undefined when there is no record. */
export async function lastBuildAt(stateFolder: string, build: BuildName): Promise<string | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(recordPath(stateFolder, build), 'utf8'));
    if (typeof record !== 'object' || record === null || !('startedAt' in record)) return undefined;
    return typeof record.startedAt === 'string' ? record.startedAt : undefined;
  } catch {
    return undefined;
  }
}
