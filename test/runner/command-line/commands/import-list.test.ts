// Repositories: registered by reference, checked as a whole, listed with what was built of them.
import { existsSync } from 'node:fs';
import { lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordPath } from '../../../../runner/execution/record.ts';
import { type Bench, makeBench } from '../run-vmb.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await makeBench();
  await buildFile('images/hello', 'hello');
});

afterEach(() => bench.remove());

async function buildFile(folder: string, name: string, more = '', version = '1'): Promise<void> {
  await mkdir(join(bench.folder, folder), { recursive: true });
  const top = `name = "${name}"\nversion = "${version}"\narch = "x86_64"\nsummary = "About ${name}"\n`;
  await writeFile(
    join(bench.folder, folder, 'build.toml'),
    `${top}${more}[[job]]\nuse = "format"\nvolume = "main:1"\n`,
  );
}

test('the bundled repository is there from the beginning', async () => {
  expect(await bench.vmb('list')).toMatchInlineSnapshot(`
    {
      "exitCode": 0,
      "stderr": "",
      "stdout": "REPOSITORY  NAME   VERSION  ARCH    BUILT (UTC)  STATE  SUMMARY
    images      hello  1        x86_64  -            -      About hello
    ",
    }
  `);
});

test('a folder is registered under its own name, and listed', async () => {
  await buildFile('mine/b', 'beta');
  await buildFile('mine/deep/er/a', 'alpha', '', '2.0');
  await buildFile('mine/.hidden/x', 'hidden');
  await buildFile('mine/b/files/inner', 'inner');
  expect(await bench.vmb('import', '--path', 'mine')).toMatchInlineSnapshot(`
    {
      "exitCode": 0,
      "stderr": "",
      "stdout": "The repository "mine" is /bench/mine: 2 builds.
      vmb build --repo mine --name beta
      vmb build --repo mine --name alpha
    ",
    }
  `);
  const build = { repository: 'mine', name: 'beta', version: '1', arch: 'x86_64' };
  const record = recordPath(bench.context.folders.state, build);
  await mkdir(dirname(record), { recursive: true });
  const artifact = { name: 'a.img', path: '/bench/out/a.img', kind: 'file', sizeBytes: 4096, sha256: 'f'.repeat(64) };
  const startedAt = '2026-03-04T05:06:07.890Z';
  await writeFile(record, JSON.stringify({ startedAt, steps: [{ number: 1 }], artifacts: [artifact] }));
  expect((await bench.vmb('list')).stdout).toMatchInlineSnapshot(`
    "REPOSITORY  NAME   VERSION  ARCH    BUILT (UTC)       STATE                   SUMMARY
    images      hello  1        x86_64  -                 -                       About hello
    mine        beta   1        x86_64  2026-03-04 05:06  changed: a.img is gone  About beta
    mine        alpha  2.0      x86_64  -                 -                       About alpha

    BUILD               SIZE     SHA-256                                                           IMAGE
    mine/beta 1 x86_64  4.0 KiB  ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff  /bench/out/a.img
    "
  `);
  const { stdout } = await bench.vmb('list', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 1,
    builds: [
      { name: 'hello' },
      { name: 'beta', builtAt: '2026-03-04T05:06:07.890Z' },
      { name: 'alpha', version: '2.0' },
    ],
    problems: [],
  });
});

test('a name given twice means the later folder, and that is said', async () => {
  await buildFile('one', 'a');
  await buildFile('two', 'b');
  expect((await bench.vmb('import', '--path', 'one', '--as', 'x')).stdout).toMatchInlineSnapshot(`
    "The repository "x" is /bench/one: 1 build.
      vmb build --repo x --name a
    "
  `);
  expect((await bench.vmb('import', '--path', 'two', '--as', 'x')).stdout).toMatchInlineSnapshot(`
    "The repository "x" is /bench/two, in place of /bench/one: 1 build.
      vmb build --repo x --name b
    "
  `);
  expect((await bench.vmb('import', '--path', 'two', '--as', 'x')).stdout).toMatchInlineSnapshot(`
    "The repository "x" is /bench/two: 1 build.
      vmb build --repo x --name b
    "
  `);
});

test('with a mistake in any build file nothing is registered, and every mistake is told', async () => {
  await buildFile('mine/a', 'a', 'colour = 1\n');
  await buildFile('mine/b', 'b', '[machine]\ncpus = 0\n');
  await buildFile('mine/c', 'c');
  await buildFile('mine/d', 'c');
  expect(await bench.vmb('import', '--path', 'mine')).toMatchInlineSnapshot(`
    {
      "exitCode": 2,
      "stderr": "mine/a/build.toml:5:1: there is no option "colour" here; use one of: name, version, arch, summary, extends, epoch, machine, vars, source, matrix, job
    mine/b/build.toml:6:8: machine.cpus: 0 is too small, because it must be at least 1; write a larger number
    mine/d/build.toml:1:1: c 1 x86_64 is also what /bench/mine/c/build.toml makes; give one of them another name, version or arch
    ",
      "stdout": "",
    }
  `);
  expect((await bench.vmb('list')).stdout).not.toContain('mine');
});

test.each([
  ['no such folder', ['--path', 'nowhere']],
  ['a file that is no build file', ['--path', 'images/hello/motd']],
  ['names that leave the folder', ['--path', 'images', '--as', '..']],
  ['names with control characters', ['--path', 'images', '--as', 'a\u0007b']],
  ['a copy that would hold itself', ['--path', '.', '--as', 'x', '--copy']],
  ['no build file', ['--path', 'home', '--as', 'x']],
  ['the bundled name', ['--path', 'images']],
  ['a name that is a path', ['--path', 'images', '--as', '../x']],
  ['no path', []],
])('%s', async (name, argv) => {
  await mkdir(join(bench.folder, 'home'));
  await writeFile(join(bench.folder, 'images/hello/motd'), 'hello');
  const { exitCode, stderr } = await bench.vmb('import', ...argv);
  expect(exitCode).toBe(2);
  expect(`${name}: ${stderr}`).toMatchSnapshot();
});

test('a registered folder that is gone, and a build file that is broken, do not hide the others', async () => {
  await buildFile('mine', 'mine');
  await bench.vmb('import', '--path', 'mine');
  await rm(join(bench.folder, 'mine'), { recursive: true });
  await writeFile(join(bench.folder, 'images/hello/build.toml'), 'name = ');
  await buildFile('images/other', 'other');
  expect(await bench.vmb('list')).toMatchInlineSnapshot(`
    {
      "exitCode": 0,
      "stderr": "images/hello/build.toml: this build file cannot be listed; \`vmb import --path\` its folder tells why
    The folder of the repository "mine" cannot be read: /bench/mine
    ",
      "stdout": "REPOSITORY  NAME   VERSION  ARCH    BUILT (UTC)  STATE  SUMMARY
    images      other  1        x86_64  -            -      About other
    ",
    }
  `);
});

test('one build file stands for its folder; several of one name are told apart', async () => {
  await buildFile('mine/a', 'web');
  expect((await bench.vmb('import', '--path', 'mine/a/build.toml')).stdout).toMatchInlineSnapshot(`
    "The repository "a" is /bench/mine/a: 1 build.
      vmb build --repo a --name web
    "
  `);
  await buildFile('mine/b', 'web', '', '2');
  await buildFile('mine/c', 'other');
  expect((await bench.vmb('import', '--path', 'mine')).stdout).toMatchInlineSnapshot(`
    "The repository "mine" is /bench/mine: 3 builds.
      vmb build --repo mine --name web --version 1
      vmb build --repo mine --name web --version 2
      vmb build --repo mine --name other
    "
  `);
});

test('a copy stays as it was, until it is replaced or forgotten', async () => {
  await buildFile('mine/a', 'web');
  await writeFile(join(bench.folder, 'mine/a/file'), 'before');
  await symlink('file', join(bench.folder, 'mine/a/link'));
  await mkdir(join(bench.folder, 'mine/.git'));
  expect((await bench.vmb('import', '--path', 'mine', '--copy')).stdout).toMatchInlineSnapshot(`
    "The repository "mine" is a copy of /bench/mine: 1 build.
      vmb build --repo mine --name web
    "
  `);
  await writeFile(join(bench.folder, 'mine/a/file'), 'after');
  const copy = join(bench.context.folders.state, 'repositories/mine');
  expect(await readFile(join(copy, 'a/link'), 'utf8')).toBe('before');
  expect(existsSync(join(copy, '.git'))).toBe(false);
  expect((await bench.vmb('list')).stdout).toContain('mine        web');
  expect((await bench.vmb('import', '--path', 'mine', '--copy')).exitCode).toBe(0);
  expect(await readFile(join(copy, 'a/file'), 'utf8')).toBe('after');
  expect((await bench.vmb('import', '--path', 'mine')).stdout).toMatchInlineSnapshot(`
    "The repository "mine" is /bench/mine: 1 build.
      vmb build --repo mine --name web
    "
  `);
  expect(existsSync(copy)).toBe(false);
});

test('the copy of a folder that is named by a link is a folder', async () => {
  await buildFile('mine/a', 'web');
  await symlink('mine', join(bench.folder, 'link'));
  expect((await bench.vmb('import', '--path', 'link', '--copy')).exitCode).toBe(0);
  const copy = join(bench.context.folders.state, 'repositories/link');
  expect((await lstat(copy)).isDirectory()).toBe(true);
  expect((await lstat(dirname(copy))).mode & 0o777).toBe(0o700);
});

test('forget removes what vmb kept, and never the folder', async () => {
  await buildFile('mine/a', 'web');
  await bench.vmb('import', '--path', 'mine', '--copy');
  const record = recordPath(bench.context.folders.state, {
    repository: 'mine',
    name: 'web',
    version: '1',
    arch: 'x86_64',
  });
  await mkdir(dirname(record), { recursive: true });
  await writeFile(record, '{}');
  const told = await bench.vmb('forget', 'mine', '--dry-run');
  expect(told.stdout.replaceAll(/[0-9.]+ [KM]?i?B|[0-9]+ bytes?/g, 'SIZE')).toMatchInlineSnapshot(`
    "SIZE   copy          /bench/home/state/repositories/mine
    SIZE   records       /bench/home/state/records/mine
    SIZE  registration  /bench/home/config/repositories/mine.json
    "mine": would be removed. /bench/mine stays as it is.
    "
  `);
  expect((await bench.vmb('list')).stdout).toContain('web');
  expect((await bench.vmb('forget', 'mine')).exitCode).toBe(0);
  expect(existsSync(join(bench.folder, 'mine/a/build.toml'))).toBe(true);
  expect(existsSync(record)).toBe(false);
  expect((await bench.vmb('list')).stdout).not.toContain('web');
  expect(await bench.vmb('forget', 'mine')).toMatchInlineSnapshot(`
    {
      "exitCode": 2,
      "stderr": "There is no repository "mine"; none is registered.
    ",
      "stdout": "",
    }
  `);
  expect(await bench.vmb('forget', 'images')).toMatchInlineSnapshot(`
    {
      "exitCode": 2,
      "stderr": ""images" comes with vmb and is always there; name another repository.
    ",
      "stdout": "",
    }
  `);
});

test('parents are found in the folder that is imported, and in other repositories', async () => {
  await buildFile('one/base', 'base');
  await bench.vmb('import', '--path', 'one');
  await buildFile('two/base', 'near');
  await buildFile('two/a', 'a', 'extends = "near"\n');
  await buildFile('two/b', 'b', 'extends = "one/base"\n');
  expect((await bench.vmb('import', '--path', 'two')).exitCode).toBe(0);
  await buildFile('two/c', 'c', 'extends = "one/bsae"\n');
  await buildFile('two/d', 'd', 'extends = "a"\n');
  expect(await bench.vmb('import', '--path', 'two')).toMatchInlineSnapshot(`
    {
      "exitCode": 2,
      "stderr": "two/c/build.toml:5:11: extends: the repository "one" has no build "bsae" (did you mean "base"?); use one of: base
    ",
      "stdout": "",
    }
  `);
});
