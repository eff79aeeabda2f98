// `vmb lock` for builds that extend others or begin with their disks: whose lock says what, and what a bundle of them carries.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registry } from '../../../../runner/registry.ts';
import { type Bench, makeBench } from '../run-vmb.ts';
import { placeSampleBuildVm } from '../sample-build-vm.ts';

// When all that is locked here was changed last.
const lockedSeconds = Date.UTC(2026, 1, 3) / 1000;

let bench: Bench;
const vmb = (...argv: string[]) => bench.vmbIn({ registry }, ...argv);
const lock = (name: string, ...more: string[]) => vmb('lock', '--repo', 'own', '--name', name, ...more);
const plan = (name: string, repository = 'own') => vmb('plan', '--repo', repository, '--name', name);

const fetchOf = (file: string, as: string) => `[[job]]\nuse = "fetch"\nurl = "file:${file}"\nas = "${as}"\n`;
const disk = `[[job]]
use = "create-disk"
disk = "main"
size = "2MiB"
[[job]]
use = "format"
volume = "main"
type = "ext2"
[[job]]
use = "copy-in"
from = "fetched:x"
to = "main:/x"
[[job]]
use = "export"
disk = "main"
as = "base.img"
`;

beforeEach(async () => {
  bench = await makeBench();
  await placeSampleBuildVm(bench.context.folders.cache);
  await build('own/base', 'base', fetchOf('x.txt', 'x') + disk);
  await build('own/child', 'child', `extends = "base"\n${fetchOf('x.txt', 'y')}`);
  await build('own/top', 'top', `[source]\nname = "base"\n${fetchOf('z.txt', 'z')}`);
  await file('own/base/x.txt', 'of the parent');
  await file('own/child/x.txt', 'of the child');
  await file('own/top/z.txt', 'z');
  await mkdir(join(bench.folder, 'images'));
  expect((await vmb('import', '--path', 'own')).stderr).toBe('');
});
afterEach(() => bench.remove());

async function file(path: string, text: string): Promise<void> {
  await mkdir(join(bench.folder, path, '..'), { recursive: true });
  await writeFile(join(bench.folder, path), text);
  await utimes(join(bench.folder, path), 0, lockedSeconds);
}

function build(folder: string, name: string, rest: string): Promise<void> {
  const head = `name = "${name}"\nversion = "1"\narch = "x86_64"\nsummary = "About"\n`;
  return file(`${folder}/build.toml`, head + rest);
}

const lockOf = (name: string) =>
  readFileSync(join(bench.folder, `own/${name}/build.lock`), 'utf8')
    .split('\n')
    .slice(5);

test('what a parent has locked counts, and the same relative name in both folders is two files', async () => {
  await lock('base');
  expect((await lock('child')).stdout).toMatchInlineSnapshot(`
    "From now on builds take exactly this. Look whether it is what you mean:
      file:x.txt: 12 bytes, taken as it lies on this machine
        sha256 d857b9f8f10d4b6aa87b5d33c31541f818419ce3c23e5fce00163ccbb8edcb9f
    Unless the build file says otherwise, the build's clock starts at 2026-02-03T00:00:00Z.
    Written to /bench/own/child/build.lock.
    "
  `);
  expect(lockOf('child')).toMatchInlineSnapshot(`
    [
      "file file:x.txt",
      "  sha256 d857b9f8f10d4b6aa87b5d33c31541f818419ce3c23e5fce00163ccbb8edcb9f 12",
      "",
    ]
  `);
  const { stdout, stderr } = await plan('child');
  expect(stderr).toBe('');
  expect(stdout.match(/ input {8}fetched:.*/g)).toMatchInlineSnapshot(`
    [
      " input        fetched:x  13 bytes  sha256 2ea6a6e8ee0546787a759e86eb0664c297d022eee32dc5b509b79ec59dc7e690",
      " input        fetched:y  12 bytes  sha256 d857b9f8f10d4b6aa87b5d33c31541f818419ce3c23e5fce00163ccbb8edcb9f",
      " input        fetched:x  13 bytes  sha256 86163103a2d7b2fca4f111c95fba4b84b6c55b4f598c181d426d8da0049bb71c",
    ]
  `);
});

test('where the parent has no lock, or --renew asks, the lines come into the own lock', async () => {
  await lock('child');
  expect(lockOf('child')).toMatchInlineSnapshot(`
    [
      "file file:../base/x.txt",
      "  sha256 2ea6a6e8ee0546787a759e86eb0664c297d022eee32dc5b509b79ec59dc7e690 13",
      "",
      "file file:x.txt",
      "  sha256 d857b9f8f10d4b6aa87b5d33c31541f818419ce3c23e5fce00163ccbb8edcb9f 12",
      "",
    ]
  `);
  expect((await plan('child')).stderr).toBe('');
  await file('own/base/x.txt', 'changed');
  await lock('base');
  expect((await lock('child')).stdout).toBe('Nothing was missing.\n');
  expect((await lock('child', '--renew')).stdout).toContain('file:x.txt: 7 bytes, taken as it lies on this machine');
});

test('a source has its own lock, and says so', async () => {
  expect((await lock('top')).stdout).toContain('file:z.txt: 1 byte');
  expect((await plan('top')).stderr).toMatchInlineSnapshot(`
    "own/base/build.toml:7:7: job 1 (fetch): url: nothing says what file:x.txt must be, because neither sha256 nor sha512 is given and build.lock has no line for it; add sha256 = "…", or run \`vmb lock --repo own --name base\`
    "
  `);
  expect((await lock('top', '--bundle', 'all.vmb')).exitCode).toBe(2);
  await lock('base');
  expect(await plan('top')).toMatchObject({ exitCode: 0, stderr: '' });
});

test.each(['child', 'top'])('a bundle of %s carries what it is made of, and is planned there', async (name) => {
  await lock('base');
  expect((await lock(name, '--bundle', 'all.vmb')).stdout).toContain('has 2 build folders and 2 fetched files, ');
  await rm(join(bench.folder, 'own'), { recursive: true });
  await rm(join(bench.folder, 'home/cache/store'), { recursive: true });
  expect(await vmb('lock', '--load', 'all.vmb', '--to', 'there')).toEqual({
    exitCode: 0,
    stdout: `2 files are in the store, each with the digest of its name.
The build folders are in /bench/there; register them with:
  vmb import --path /bench/there/own
`,
    stderr: '',
  });
  expect((await readdir(join(bench.folder, 'there/own'))).sort()).toEqual(['base', name]);
  expect((await vmb('import', '--path', 'there/own', '--as', 'other')).stderr).toBe('');
  expect(await plan(name, 'other')).toMatchObject({ exitCode: 0, stderr: '' });
});

test('what comes with every vmb is not carried, other repositories are', async () => {
  await build('images/first', 'first', fetchOf('f.txt', 'f'));
  await file('images/first/f.txt', 'f');
  await build('own/second', 'second', 'extends = "images/first"\n');
  await build('more/third', 'third', 'extends = "own/second"\n');
  expect((await vmb('import', '--path', 'more')).stderr).toBe('');
  expect((await lock('second', '--bundle', 'second.vmb')).stdout).toContain(
    'has the build folder and 1 fetched file, ',
  );
  await vmb('lock', '--repo', 'more', '--name', 'third', '--bundle', 'third.vmb');
  expect((await vmb('lock', '--load', 'third.vmb', '--to', 'there')).stdout).toMatchInlineSnapshot(`
    "1 file is in the store, each with the digest of its name.
    The build folders are in /bench/there; register them with:
      vmb import --path /bench/there/more
      vmb import --path /bench/there/own
    "
  `);
});

test.each([
  ['a folder that is not there', 'nowhere/all.vmb', async () => undefined],
  ['a folder', 'own', async () => undefined],
  ['a link that leads out', 'all.vmb', () => symlink('/proc/mounts', join(bench.folder, 'own/base/mtab'))],
])('a bundle that cannot be: %s', async (_what, name, prepare) => {
  await prepare();
  const { exitCode, stderr } = await lock('base', '--bundle', name);
  expect([1, 2]).toContain(exitCode);
  expect(stderr.replace(/^fetched .*\n/, '')).toMatchSnapshot();
  expect((await readdir(bench.folder)).filter((one) => one.includes('.vmb'))).toEqual([]);
});

test('a bundle brings no settings of git along', async () => {
  await lock('child', '--bundle', 'all.vmb');
  const unpacked = join(bench.folder, 'unpacked');
  await mkdir(join(unpacked, 'build/own/child/.GIT'), { recursive: true });
  execFileSync('tar', ['-xf', join(bench.folder, 'all.vmb'), '-C', unpacked]);
  await writeFile(join(unpacked, 'build/own/child/.GIT/config'), '[core]\nfsmonitor = "touch /tmp/x"\n');
  execFileSync('tar', ['--format=pax', '-cf', join(bench.folder, 'bad.vmb'), '-C', unpacked, 'build', 'store']);
  const { exitCode, stderr } = await vmb('lock', '--load', 'bad.vmb', '--to', 'there');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('"own/child/.GIT" does not belong there.');
  expect((await readdir(bench.folder)).includes('there')).toBe(false);
});

test('what a bundle calls its folders is one word of the command line that is offered', async () => {
  await lock('child', '--bundle', 'all.vmb');
  const unpacked = join(bench.folder, 'unpacked');
  await mkdir(unpacked);
  execFileSync('tar', ['-xf', join(bench.folder, 'all.vmb'), '-C', unpacked]);
  await rename(join(unpacked, 'build/own'), join(unpacked, "build/a'; touch b; '"));
  execFileSync('tar', ['--format=pax', '-cf', join(bench.folder, 'bad.vmb'), '-C', unpacked, 'build', 'store']);
  expect((await vmb('lock', '--load', 'bad.vmb', '--to', 'there')).stdout).toContain(
    "  vmb import --path '/bench/there/a'\\''; touch b; '\\'''\n",
  );
});

test('the clock of a build without an epoch is that of its own lock, else of its parent’s', async () => {
  const epochOf = async (name: string) => /epoch +(.*)/.exec((await plan(name)).stdout)?.[1];
  await lock('base');
  await build('own/bare', 'bare', 'extends = "base"\n');
  await build('own/child', 'child', `extends = "base"\n${fetchOf('x.txt', 'y')}`);
  await utimes(join(bench.folder, 'own/child/x.txt'), 0, lockedSeconds + 60);
  await lock('child');
  expect([await epochOf('base'), await epochOf('bare'), await epochOf('child')]).toEqual([
    '2026-02-03T00:00:00Z (build.lock)',
    '2026-02-03T00:00:00Z (build.lock)',
    '2026-02-03T00:01:00Z (build.lock)',
  ]);
  // Renewing moves it forward only, and never beyond this machine's clock.
  await utimes(join(bench.folder, 'own/child/x.txt'), 0, lockedSeconds - 60);
  await lock('child', '--renew');
  expect(await epochOf('child')).toBe('2026-02-03T00:01:00Z (build.lock)');
  await utimes(join(bench.folder, 'own/child/x.txt'), 0, Date.UTC(2100, 0) / 1000);
  await lock('child', '--renew');
  expect(Date.parse((await epochOf('child'))?.slice(0, 20) ?? '')).toBeLessThanOrEqual(Date.now());
});

test('the folder of a parent begins no other line of the lock', async () => {
  await build('own/a\nfile x', 'odd', fetchOf('x.txt', 'x'));
  await file('own/a\nfile x/x.txt', 'of the parent');
  await build('own/heir', 'heir', 'extends = "odd"\n');
  await lock('heir');
  expect(lockOf('heir')).toEqual(['file file:../a\\x0afile x/x.txt', expect.stringMatching(/^ {2}sha256 /), '']);
});

test('a lock that is none is a mistake of its build, and the others are listed', async () => {
  await file('own/base/build.lock', 'nonsense\n');
  const mistake =
    'own/base/build.lock:1:1: "nonsense" is no line of a lock, because only `vmb lock` writes it; take the file back as it was, or remove it and run `vmb lock` again\n';
  expect(await lock('base')).toEqual({ exitCode: 2, stdout: '', stderr: mistake });
  expect(await vmb('import', '--path', 'own')).toEqual({ exitCode: 2, stdout: '', stderr: mistake });
  const { exitCode, stdout, stderr } = await vmb('list');
  expect(stderr).toContain(mistake);
  expect({ exitCode, lines: stdout.split('\n').map((line) => line.trimEnd()) }).toMatchInlineSnapshot(`
    {
      "exitCode": 0,
      "lines": [
        "REPOSITORY  NAME   VERSION  ARCH    BUILT (UTC)  STATE                                 SUMMARY",
        "own         base   1        x86_64  -            unknown: its build file has mistakes  About",
        "own         child  1        x86_64  -            unknown: its build file has mistakes  About",
        "own         top    1        x86_64  -            unknown: its build file has mistakes  About",
        "",
      ],
    }
  `);
});
