// How much room a folder takes.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that it takes on the disk: holes in sparse files are none. What disappears meanwhile counts as nothing. */
export async function sizeOnDisk(path: string): Promise<number> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined) return 0;
  // st_blocks counts 512 bytes each, whatever the filesystem's own blocks are (stat(2)).
  let sizeBytes = facts.blocks * 512;
  if (!facts.isDirectory()) return sizeBytes;
  for (const name of await readdir(path).catch(() => [])) sizeBytes += await sizeOnDisk(join(path, name));
  return sizeBytes;
}
