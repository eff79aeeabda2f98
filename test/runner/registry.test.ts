// Jobs and adapters are found by their files alone.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRegistry, registry } from '../../runner/registry.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vmb-registry-'));
  await mkdir(join(root, 'jobs', 'lib'), { recursive: true });
  await mkdir(join(root, 'vmm-adapters'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

const job = (name: string) => `export const job = { name: '${name}', summary: 's', schema: {}, bind() {} };\n`;

test('files are jobs and adapters; folders, other files and declarations are not', async () => {
  await writeFile(join(root, 'jobs', 'run.js'), job('run'));
  await writeFile(join(root, 'jobs', 'format.js'), job('format'));
  await writeFile(join(root, 'jobs', 'format.d.ts'), '');
  await writeFile(join(root, 'jobs', 'notes.txt'), '');
  await writeFile(
    join(root, 'vmm-adapters', 'paper.js'),
    "export const adapter = { name: 'paper', summary: 's', options: {}, sweep() {}, open() {} };",
  );
  const found = makeRegistry(pathToFileURL(`${root}/`), '.js');
  expect(await found.jobNames()).toEqual(['format', 'run']);
  expect(await found.adapterNames()).toEqual(['paper']);
  expect((await found.findJob('run'))?.name).toBe('run');
  expect((await found.findAdapter('paper'))?.name).toBe('paper');
  expect(await found.findJob('../jobs/run')).toBeUndefined();
  expect(await found.findJob('paper')).toBeUndefined();
});

test.each([
  ['another name', job('other')],
  ['no export', 'export const jobs = 1;\n'],
  ['no job', 'export const job = { name: "wrong" };\n'],
])('a file with %s is a bug, and says so', async (_, text) => {
  await writeFile(join(root, 'jobs', 'wrong.js'), text);
  const found = makeRegistry(pathToFileURL(`${root}/`), '.js');
  await expect(found.findJob('wrong')).rejects.toThrow(
    `${root}/jobs/wrong.js: must export \`job\`, whose name is "wrong" as the file's is`,
  );
});

test('every job and adapter of this project is what its file name says', async () => {
  for (const name of await registry.jobNames()) expect((await registry.findJob(name))?.name).toBe(name);
  for (const name of await registry.adapterNames()) expect((await registry.findAdapter(name))?.name).toBe(name);
});
