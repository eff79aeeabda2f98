// Pruning: what is in use, young, or among the youngest stays; the rest of the cache goes.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pruneCache } from '../../../build-vm/make/prune-cache.ts';

const dayMs = 24 * 60 * 60 * 1000;
let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vmb-prune-'));
});
afterEach(() => rm(root, { recursive: true }));

async function place(...names: readonly string[]): Promise<void> {
  for (const name of names) await mkdir(join(root, name, 'content'), { recursive: true });
}

const inLaterDays = (days: number) => Date.now() + days * dayMs;

test('of the kernels, the one in use and six more stay', async () => {
  await place(...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((name) => `kernel/${name}`));
  await pruneCache(root, new Set(['a']), Date.now());
  const left = await readdir(join(root, 'kernel'));
  expect(left).toContain('a');
  expect(left).toHaveLength(7);
});

test('build-VMs stay for a week, because another vmb may build with them', async () => {
  const names = [...'abcdefghijkl'];
  await place(...names.map((name) => `vm/${name}`));
  await pruneCache(root, new Set(), inLaterDays(6));
  expect((await readdir(join(root, 'vm'))).sort()).toEqual(names);
  await pruneCache(root, new Set(), inLaterDays(8));
  expect(await readdir(join(root, 'vm'))).toHaveLength(10);
});

test('what a killed process left goes after a day; nothing else of the cache does', async () => {
  await place('work.1-ab.tmp', 'new.2-cd.tmp', 'loaded');
  await writeFile(join(root, 'loaded/x86_64'), '');
  await pruneCache(root, new Set(), Date.now());
  expect((await readdir(root)).sort()).toEqual(['loaded', 'new.2-cd.tmp', 'work.1-ab.tmp']);
  await pruneCache(root, new Set(), inLaterDays(2));
  expect(await readdir(root)).toEqual(['loaded']);
});

test('an empty cache', async () => {
  await expect(pruneCache(join(root, 'none'), new Set(), Date.now())).resolves.toBeUndefined();
});
