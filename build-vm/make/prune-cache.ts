// Removes from the cache what nobody needs any more: old kernels and build-VMs, and what killed processes left half done.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const dayMs = 24 * 60 * 60 * 1000;

interface Rule {
  readonly folder: string;
  /** So many of the youngest stay, so that going back and forth between checkouts, two architectures each, compiles nothing. */
  readonly keepNewest: number;
  /** Younger ones stay: another vmb may be building with them. */
  readonly keepYoungerMs: number;
}

const rules: readonly Rule[] = [
  { folder: 'kernel', keepNewest: 6, keepYoungerMs: 0 },
  { folder: 'kernel-source', keepNewest: 2, keepYoungerMs: 0 },
  { folder: 'unpacked', keepNewest: 6, keepYoungerMs: 0 },
  { folder: 'vm', keepNewest: 10, keepYoungerMs: 7 * dayMs },
  { folder: 'by-source', keepNewest: 100, keepYoungerMs: 7 * dayMs },
  { folder: 'packages', keepNewest: 160, keepYoungerMs: 30 * dayMs },
];

/**
 * Prunes below `root`; only its maker may call this, while it holds the folder.
 * @param inUse names (digests) that stay whatever their age
 */
export async function pruneCache(root: string, inUse: ReadonlySet<string>, nowMs: number): Promise<void> {
  for (const rule of rules) {
    const entries = (await entriesByAge(join(root, rule.folder), nowMs)).filter(({ name }) => !inUse.has(name));
    for (const { name, ageMs } of entries.slice(rule.keepNewest)) {
      if (ageMs >= rule.keepYoungerMs) await rm(join(root, rule.folder, name), { recursive: true, force: true });
    }
  }
  for (const { name, ageMs } of await entriesByAge(root, nowMs)) {
    if (name.endsWith('.tmp') && ageMs >= dayMs) await rm(join(root, name), { recursive: true, force: true });
  }
}

/** The youngest first; by the time of the name (ctime), because downloads carry the time of their server. */
async function entriesByAge(folder: string, nowMs: number): Promise<{ name: string; ageMs: number }[]> {
  const entries: { name: string; ageMs: number }[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const facts = await stat(join(folder, name)).catch(() => undefined);
    if (facts !== undefined) entries.push({ name, ageMs: nowMs - facts.ctimeMs });
  }
  return entries.sort((a, b) => a.ageMs - b.ageMs);
}
