// `vmb lock` on command lines: what it writes, says and carries, of a build with a matrix as of any other.
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registry } from '../../../../runner/registry.ts';
import { type Bench, makeBench } from '../run-vmb.ts';

let bench: Bench;
const vmb = (...argv: string[]) => bench.vmbIn({ registry }, ...argv);
const selected = ['--repo', 'images', '--name', 'fetching'];

beforeEach(async () => {
  bench = await makeBench();
  await write(`[matrix]
which = ["one", "two"]
[[job]]
use = "fetch"
url = "file:${'${which}'}.txt"
as = "text"
[[job]]
use = "fetch"
url = "file:both.txt"
as = "both"
`);
  for (const [index, name] of ['one', 'two', 'both'].entries()) {
    const path = join(bench.folder, `images/fetching/${name}.txt`);
    await writeFile(path, name);
    // The newest becomes the epoch of the lock.
    await utimes(path, index, Date.UTC(2026, 1, 1 + index) / 1000);
  }
});
afterEach(() => bench.remove());

async function write(rest: string): Promise<void> {
  const folder = join(bench.folder, 'images/fetching');
  await mkdir(folder, { recursive: true });
  const head = 'name = "fetching"\nversion = "1"\narch = "x86_64"\nsummary = "About"\n';
  await writeFile(join(folder, 'build.toml'), head + rest);
}

test('every image of a matrix is locked, then nothing is missing', async () => {
  expect(await vmb('lock', ...selected)).toMatchInlineSnapshot(`
    {
      "exitCode": 0,
      "stderr": "fetched one.txt from file:one.txt: 3 bytes
    fetched both.txt from file:both.txt: 4 bytes
    fetched two.txt from file:two.txt: 3 bytes
    ",
      "stdout": "From now on builds take exactly this. Look whether it is what you mean:
      file:one.txt: 3 bytes, taken as it lies on this machine
        sha256 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed
      file:both.txt: 4 bytes, taken as it lies on this machine
        sha256 ff7772053abf7d817d6eec229a09e14f0d1552f1cb0aeedb2ac73784ac2d2e39
      file:two.txt: 3 bytes, taken as it lies on this machine
        sha256 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3
    Unless the build file says otherwise, the build's clock starts at 2026-02-03T00:00:00Z.
    Written to /bench/images/fetching/build.lock.
    ",
    }
  `);
  expect(readFileSync(join(bench.folder, 'images/fetching/build.lock'), 'utf8')).toMatchInlineSnapshot(`
    "# What the fetches of this build were found to be. Written by \`vmb lock\`; keep it with the build file.
    # epoch, the clock of a build without one | file ADDRESS, digest and bytes | packages WISH, then NAME VERSION ARCH BYTES SHA-256 PATH IN THE ARCHIVE

    epoch 2026-02-03T00:00:00Z

    file file:both.txt
      sha256 ff7772053abf7d817d6eec229a09e14f0d1552f1cb0aeedb2ac73784ac2d2e39 4

    file file:one.txt
      sha256 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed 3

    file file:two.txt
      sha256 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3 3
    "
  `);
  expect(await vmb('lock', ...selected)).toMatchInlineSnapshot(`
    {
      "exitCode": 0,
      "stderr": "",
      "stdout": "Nothing was missing.
    ",
    }
  `);
});

test('a build is imported before it is locked, and planned after it', async () => {
  const own = ['--repo', 'own', '--name', 'fetching'];
  expect((await vmb('import', '--path', 'images', '--as', 'own')).stderr).toBe('');
  expect((await vmb('plan', ...own)).stderr).toContain('run `vmb lock --repo own --name fetching`');
  await vmb('lock', ...own);
  expect((await vmb('import', '--path', 'images', '--as', 'own')).stderr).toBe('');
});

test('a build that fetches nothing gets no lock', async () => {
  await write('[[job]]\nuse = "create-disk"\ndisk = "main"\nsize = "1MiB"\n');
  expect(await vmb('lock', ...selected)).toEqual({ exitCode: 0, stdout: 'This build fetches nothing.\n', stderr: '' });
  expect(await readdir(join(bench.folder, 'images/fetching'))).not.toContain('build.lock');
});

test('a bundle carries the inputs to another place', async () => {
  expect((await vmb('lock', ...selected, '--bundle', 'all.vmb')).exitCode).toBe(0);
  await rm(join(bench.folder, 'home/cache'), { recursive: true });
  expect(await vmb('lock', '--load', 'all.vmb', '--to', 'there')).toMatchInlineSnapshot(`
    {
      "exitCode": 0,
      "stderr": "",
      "stdout": "3 files are in the store, each with the digest of its name.
    The build folder is /bench/there; register it with: vmb import --path /bench/there
    ",
    }
  `);
  expect((await readdir(join(bench.folder, 'there'))).sort()).toEqual([
    'both.txt',
    'build.lock',
    'build.toml',
    'one.txt',
    'two.txt',
  ]);
});

test.each([
  ['no name', ['--repo', 'images']],
  ['no repository', ['--name', 'fetching']],
  ['--to without --load', [...selected, '--to', 'there']],
  ['--load with a selection', ['--load', 'x', '--name', 'fetching']],
  ['no such bundle', ['--load', 'x']],
  ['no bundle', ['--load', 'images/fetching/build.toml']],
])('%s is a sentence, and nothing is written', async (_what, argv) => {
  const { exitCode, stdout, stderr } = await vmb('lock', ...argv);
  expect([1, 2]).toContain(exitCode);
  expect(stdout).toBe('');
  expect(stderr).toMatchSnapshot();
  expect(await readdir(bench.folder)).not.toContain('there');
});
