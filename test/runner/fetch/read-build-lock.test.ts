// What is not a lock is not read: neither without end, nor waited for.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emptyLock } from '../../../runner/fetch/build-lock.ts';
import { readBuildLock } from '../../../runner/fetch/read-build-lock.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-build-lock-'));
  path = join(folder, 'build.lock');
});
afterEach(() => rm(folder, { recursive: true }));

const refused = (what: string) =>
  `${path}:1:1: this is not what \`vmb lock\` wrote, because ${what}; remove it, and run \`vmb lock\` again`;

test('none is as good as an empty one', async () => {
  expect(await readBuildLock(folder)).toEqual(emptyLock);
  await writeFile(path, '# nothing\n');
  expect(await readBuildLock(folder)).toEqual(emptyLock);
});

test('what is too large', async () => {
  await writeFile(path, '');
  await truncate(path, 2 ** 30);
  await expect(readBuildLock(folder)).rejects.toThrow(refused('it has 1073741824 bytes'));
});

test('what never ends, and what never begins', async () => {
  await symlink('/dev/zero', path);
  await expect(readBuildLock(folder)).rejects.toThrow(refused('it is no file'));
  await rm(path);
  execFileSync('mkfifo', [path]);
  await expect(readBuildLock(folder)).rejects.toThrow(refused('it is no file'));
});
