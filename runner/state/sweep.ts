// Removes what a killed vmb left behind: first its machines, through the adapters, then its files.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterDefinition } from '../../vmm-adapters/lib/adapter.ts';
import { listWorkFolders } from './work-folder.ts';

type FindAdapter = (name: string) => Promise<AdapterDefinition | undefined>;

/** Sweeps at the start of a command; several vmb may do so at once. Answers with the folders that are gone. */
export async function sweepWorkFolders(stateFolder: string, findAdapter: FindAdapter): Promise<string[]> {
  const swept: string[] = [];
  for (const folder of await listWorkFolders(stateFolder)) {
    if (folder.status !== 'left-behind') continue;
    await removeWorkFolder(folder.path, findAdapter);
    swept.push(folder.path);
  }
  return swept;
}

/** Ends the machines of a work folder that nobody uses any more, and removes it. */
export async function removeWorkFolder(path: string, findAdapter: FindAdapter): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    const adapter = entry.isDirectory() ? await findAdapter(entry.name) : undefined;
    await adapter?.sweep(join(path, entry.name));
  }
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}
