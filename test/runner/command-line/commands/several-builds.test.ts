// Builds that are several: images of a matrix, and a build that begins with another one. Up to where a VM would boot.

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordPath } from '../../../../runner/execution/record.ts';
import { registry } from '../../../../runner/registry.ts';
import { type Bench, makeBench } from '../run-vmb.ts';
import { placeSampleBuildVm } from '../sample-build-vm.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await makeBench();
  await placeSampleBuildVm(bench.context.folders.cache);
});

afterEach(() => bench.remove());

const vmb = (...argv: string[]) => bench.vmbIn({ registry }, ...argv);

async function write(folder: string, text: string): Promise<void> {
  const path = join(bench.folder, 'images', folder, 'build.toml');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `name = "${folder}"\nversion = "1"\narch = "x86_64"\nsummary = "About ${folder}"\n${text}`);
}

const disk = (name: string) => `
[[job]]
use = "create-disk"
disk = "${name}"
size = "64MiB"
[[job]]
use = "label"
disk = "${name}"
type = "gpt"
[[job]]
use = "partition"
disk = "${name}"
type = "linux"
size = "rest"
[[job]]
use = "format"
volume = "${name}:1"
type = "ext4"
`;
const exported = (name: string, as: string) => `[[job]]\nuse = "export"\ndisk = "${name}"\nas = "${as}"\n`;
const copyIn = (to: string) => `[[job]]\nuse = "copy-in"\ncontent = "hello"\nto = "${to}"\n`;

async function planOf(name: string, ...argv: string[]) {
  const { exitCode, stdout, stderr } = await vmb('plan', '--repo', 'images', '--name', name, '--json', ...argv);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout);
}

async function complaints(name: string, ...argv: string[]): Promise<string> {
  const { exitCode, stderr } = await vmb('plan', '--repo', 'images', '--name', name, ...argv);
  expect(exitCode).toBe(2);
  return stderr;
}

/** As if the build had been carried out: its record, with an artifact of this text. */
async function pretendBuilt(name: string, artifact: string, text: string): Promise<string> {
  const plan = await planOf(name);
  const path = join(bench.folder, 'out', name, artifact);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const build = { repository: 'images', name, version: '1', arch: 'x86_64' };
  const record = recordPath(bench.context.folders.state, build);
  await mkdir(dirname(record), { recursive: true });
  const steps = plan.stages.flatMap(({ steps }: { steps: { number: number; fingerprint: string }[] }) => steps);
  const artifacts = [{ name: artifact, path, kind: 'file', sizeBytes: text.length, sha256 }];
  const buildVm = { digest: plan.buildVm, arch: plan.buildVmArch, pinned: true };
  const startedAt = '2026-03-04T05:06:07.890Z';
  await writeFile(record, JSON.stringify({ schema: 1, build, buildVm, startedAt, steps, artifacts }));
  return sha256;
}

test('one plan for each image of a matrix, with ids of its own', async () => {
  await write('m', `[matrix]\nflavour = ["a", "b"]\n${disk('main')}${exported('main', '${flavour}.img')}`);
  const { variants } = await planOf('m');
  expect(variants.map(({ variant, vars }: { variant: string; vars: object }) => [variant, vars])).toEqual([
    ['flavour=a', { flavour: 'a' }],
    ['flavour=b', { flavour: 'b' }],
  ]);
  const scripts = variants.map(
    ({ stages }: { stages: { steps: { script: string }[] }[] }) => stages[0]?.steps[1]?.script,
  );
  expect(scripts[0]).not.toBe(scripts[1]);
  const { stdout } = await vmb('plan', '--repo', 'images', '--name', 'm', '--only', 'flavour=b');
  expect(stdout.split('\n')[0]).toBe('m 1 (x86_64, flavour=b) of images: About m');
  expect(stdout).not.toContain('flavour=a');
});

test('--only takes any of one variable’s values, and all of several variables', async () => {
  await write('m', `[matrix]\na = ["1", "2", "3"]\nb = ["x", "y"]\n${disk('main')}${exported('main', '${a}${b}.img')}`);
  const labels = async (...only: string[]) => {
    const { variants } = await planOf('m', ...only.flatMap((text) => ['--only', text]));
    return variants.map(({ variant }: { variant: string }) => variant);
  };
  expect(await labels('a=1', 'a=3')).toEqual(['a=1,b=x', 'a=1,b=y', 'a=3,b=x', 'a=3,b=y']);
  expect(await labels('a=1', 'b=y')).toEqual(['a=1,b=y']);
  expect(await complaints('m', '--only', 'a=4')).toMatchInlineSnapshot(`
    "--only: no image has "a=4" (did you mean "a=1"?); there is:
      a=1,b=x
      a=1,b=y
      a=2,b=x
      a=2,b=y
      a=3,b=x
      a=3,b=y
    "
  `);
  await write('n', disk('main'));
  expect(await complaints('n', '--only', 'a=4')).toMatchInlineSnapshot(`
    "--only: this build has no matrix; leave the option out.
    "
  `);
});

test('artifacts of two images cannot have one name', async () => {
  await write(
    'm',
    `[matrix]\nsize = ["64MiB", "65MiB"]\n${disk('main').replace('64MiB', '${size}')}${exported('main', 'm.img')}`,
  );
  expect(await complaints('m')).toMatchInlineSnapshot(`
    "images/m/build.toml:28:6: job 5 (export): as: "m.img" would be made twice, by size=64MiB and size=65MiB, and only one of them could stay; put a variable of the matrix into the name, such as "m-\${size}.img"
    "
  `);
});

test('a variable that nothing uses is a mistake, wherever it is written', async () => {
  await mkdir(join(bench.folder, 'images/m/vars'), { recursive: true });
  await writeFile(join(bench.folder, 'images/m/vars/a.env'), 'in-file=1\nused=2\n');
  await writeFile(join(bench.folder, 'images/m/motd'), '${used}\n');
  const copy = '[[job]]\nuse = "copy-in"\nfrom = "motd"\nsubstitute = true\nto = "main:1:/motd"\n';
  await write('m', `[vars]\nunused = "x"\n[matrix]\nfiles = "vars/*.env"\n${disk('main')}${copy}`);
  expect(await complaints('m')).toMatchInlineSnapshot(`
    "images/m/build.toml:6:1: vars.unused: nothing uses the variable "unused"; write \${unused} where its value belongs, or remove it
    images/m/vars/a.env:1:1: vars.in-file: nothing uses the variable "in-file"; write \${in-file} where its value belongs, or remove it
    "
  `);
  // What a parent sets and the child has no use for is none.
  await write(
    'p',
    `[vars]\nsize = "64MiB"\n${disk('main').replace('"64MiB"', '"${size}"').replace('use =', 'id = "disk"\nuse =')}`,
  );
  await write('c', 'extends = "p"\n[[job]]\nid = "disk"\nsize = "65MiB"\n');
  await planOf('c');
});

test('a build begins with the disks of another one, with what is on them', async () => {
  await write('base', disk('main') + exported('main', 'base.img'));
  await write('top', `[source]\nname = "base"\n${copyIn('main:1:/motd')}${exported('main', 'top.img')}`);
  const { stdout } = await vmb('plan', '--repo', 'images', '--name', 'top');
  expect(stdout.replaceAll(/[0-9a-f]{64}/g, 'HEX')).toMatchInlineSnapshot(`
    "top 1 (x86_64) of images: About top
      build file   images/top/build.toml
      epoch        2026-01-01T00:00:00Z (default)
      build-VM     HEX (x86_64)
      machine      memory 512 MiB, cpus 1 (results do not depend on it)

    Session session-1
       1. begin with base 1 x86_64: base.img as the disk main  (images/top/build.toml:5)
          fingerprint  known once the source is built
          input        source:base.img  64 MiB
       2. copy a text to main:1:/motd  (images/top/build.toml:7)
          fingerprint  known once the source is built
          input        text  5 bytes  sha256 HEX
       3. export main as top.img  (images/top/build.toml:11)
          fingerprint  known once the source is built
          makes        top.img
          note         main:1 is laid out afresh, unless its boot sector or its features are no longer those that vmb gave it
    "
  `);
  const sha256 = await pretendBuilt('base', 'base.img', 'the base');
  const plan = await planOf('top');
  expect(plan.stages[0].steps[0]).toMatchObject({
    kind: 'disk',
    job: 'source',
    inputs: [{ name: 'source:base.img', digest: sha256 }],
  });
  const before: string = plan.stages[0].steps[0].fingerprint;
  expect(before).toMatch(/^[0-9a-f]{64}$/);
  await pretendBuilt('base', 'base.img', 'another base');
  expect((await planOf('top')).stages[0].steps[0].fingerprint).not.toBe(before);
});

test('the list tells what is up to date, and what decided', async () => {
  await write('base', disk('main') + exported('main', 'base.img'));
  await write('top', `[source]\nname = "base"\n${copyIn('main:1:/motd')}${exported('main', 'top.img')}`);
  await write('wrong', 'colour = 1\n');
  const states = async () => {
    const { builds } = JSON.parse((await vmb('list', '--json')).stdout);
    return builds.map(({ name, state, because }: Record<string, string>) => [name, state, because]);
  };
  expect(await states()).toEqual([
    ['base', 'never', undefined],
    ['top', 'never', undefined],
    ['wrong', 'unknown', 'its build file has mistakes'],
  ]);
  await pretendBuilt('base', 'base.img', 'the base');
  await pretendBuilt('top', 'top.img', 'the top');
  expect((await states()).slice(0, 2)).toEqual([
    ['base', 'current', undefined],
    ['top', 'current', undefined],
  ]);
  expect(await vmb('list')).toMatchInlineSnapshot(`
    {
      "exitCode": 0,
      "stderr": "images/wrong/build.toml:1:1: the option "job" is missing (The jobs, in the order in which they are done, each under a [[job]]); add it
    images/wrong/build.toml:5:1: there is no option "colour" here; use one of: name, version, arch, summary, extends, epoch, machine, vars, source, matrix, job
    ",
      "stdout": "REPOSITORY  NAME   VERSION  ARCH    BUILT (UTC)       STATE                                 SUMMARY
    images      base   1        x86_64  2026-03-04 05:06  up to date                            About base
    images      top    1        x86_64  2026-03-04 05:06  up to date                            About top
    images      wrong  1        x86_64  -                 unknown: its build file has mistakes  About wrong

    BUILD                 SIZE     SHA-256                                                           IMAGE
    images/base 1 x86_64  8 bytes  1a4b384c68bfc25050134f1c855abcdf536e3e14c140329a8a40cdaa80e79eb2  /bench/out/base/base.img
    images/top 1 x86_64   7 bytes  d4dba1053a9975708f0fc1bb02adb7842a7d5e82aadd5fb0101a32d6cbf970f0  /bench/out/top/top.img
    ",
    }
  `);
  await write('base', disk('main') + copyIn('main:1:/new') + exported('main', 'base.img'));
  expect((await states()).slice(0, 2)).toEqual([
    ['base', 'changed', 'step 5 (copy a text to main:1:/new)'],
    ['top', 'changed', 'its source is not up to date'],
  ]);
  await writeFile(join(bench.folder, 'out/top/top.img'), 'other size');
  expect((await states())[1]).toEqual(['top', 'changed', 'top.img has another size']);
});

test('a comparison with the build before is another one each time, and nothing that a build would have to make again', async () => {
  await write(
    'top',
    `${disk('main')}${exported('main', 'top.img')}[[job]]\nuse = "diff"\nof = "artifact:top.img"\nas = "changes"\n`,
  );
  const state = async () => JSON.parse((await vmb('list', '--json')).stdout).builds[0].state;
  await pretendBuilt('top', 'top.img', 'once');
  expect((await planOf('top')).stages.at(-1).steps.at(-1).looksBack).toBe(true);
  expect(await state()).toBe('current');
  await write('top', `${disk('main')}${copyIn('main:1:/new')}${exported('main', 'top.img')}`);
  expect(await state()).toBe('changed');
});

test('a build begins with its source built, and says so', async () => {
  await write('base', disk('main') + exported('main', 'base.img'));
  await write('top', `[source]\nname = "base"\n${copyIn('main:1:/motd')}`);
  const build = async () => {
    const { stdout } = await vmb('build', '--repo', 'images', '--name', 'top', '--vmm', 'qemu', '--vmm-option', 'x=y');
    return stdout;
  };
  expect(await build()).toMatchInlineSnapshot(`
    "Note: base 1 x86_64 is not built yet: it is built first, because this build begins with it.
    "
  `);
  await pretendBuilt('base', 'base.img', 'the base');
  expect(await build()).toBe('');
  await writeFile(join(bench.folder, 'out/base/base.img'), 'the b4se');
  expect(await build()).toMatchInlineSnapshot(`
    "Note: /bench/out/base/base.img is no longer what was built: it is built first, because this build begins with it.
    "
  `);
});

test('a hash is a check', async () => {
  await write('base', disk('main') + exported('main', 'base.img'));
  const sha256 = await pretendBuilt('base', 'base.img', 'the base');
  const sha512 = createHash('sha512').update('the base').digest('hex');
  for (const hash of [sha256, sha512.toUpperCase()]) {
    await write('top', `[source]\nname = "base"\nhash = "${hash}"\n${copyIn('main:1:/motd')}`);
    await planOf('top');
  }
  await write('top', `[source]\nname = "base"\nhash = "${'0'.repeat(64)}"\n${copyIn('main:1:/motd')}`);
  expect(await vmb('plan', '--repo', 'images', '--name', 'top')).toMatchInlineSnapshot(`
    {
      "exitCode": 3,
      "stderr": "/bench/images/top/build.toml:7:8: source.hash: base.img of base 1 x86_64 is 1a4b384c68bfc25050134f1c855abcdf536e3e14c140329a8a40cdaa80e79eb2, but 0000000000000000000000000000000000000000000000000000000000000000 is expected; find out what changed, or correct the hash.
    ",
      "stdout": "",
    }
  `);
});

test.each([
  ['no such build', 'name = "bose"'],
  ['itself', 'name = "top"'],
  ['a circle', 'name = "round"'],
  ['no exports', 'name = "none"'],
  ['no such artifact', 'name = "two"\nartifact = "one.imj"'],
  ['several disks and one name', 'name = "two"\ndisk = "x"'],
  ['one disk twice', 'name = "twice"'],
  ['a matrix', 'name = "matrix"'],
  ['no such image', 'name = "matrix"\nvariant = "a=3"'],
  ['an image of no matrix', 'name = "two"\nvariant = "a=3"'],
  ['a broken source', 'name = "broken"'],
  ['wrong options', 'nmae = "two"\nhash = "123"\ndisk = "a/b"'],
  ['a disk that is there already', 'name = "two"\n[[job]]\nuse = "create-disk"\ndisk = "one"\nsize = "64MiB"'],
])('mistakes in a source: %s', async (what, source) => {
  await write('round', `[source]\nname = "top"\n${copyIn('main:1:/motd')}`);
  await write('none', disk('main'));
  await write('two', disk('one') + disk('two') + exported('one', 'one.img') + exported('two', 'two.img'));
  await write('twice', disk('one') + exported('one', 'one.img') + exported('one', 'two.img'));
  await write('matrix', `[matrix]\na = ["1", "2"]\n${disk('main')}${exported('main', '${a}.img')}`);
  await write('broken', disk('main').replace('ext4', 'ext5') + exported('main', 'x.img'));
  await write('top', `[source]\n${source}\n[[job]]\nuse = "hash"\nof = "one"\n`);
  expect(`${what}\n${await complaints('top')}`).toMatchSnapshot();
});

test('a disk of the source under another name, one of several, and of one image', async () => {
  await write('two', disk('one') + disk('two') + exported('one', 'one.img') + exported('two', 'two.img'));
  await write('top', `[source]\nname = "images/two"\nartifact = "two.img"\ndisk = "main"\n${copyIn('main:1:/motd')}`);
  const plan = await planOf('top');
  expect(plan.stages[0].steps[0].title).toBe('begin with two 1 x86_64: two.img as the disk main');
  await write('m', `[matrix]\na = ["1", "2"]\n${disk('main')}${exported('main', '${a}.img')}`);
  await write('of', `[matrix]\na = ["1", "2"]\n[source]\nname = "m"\nvariant = "a=\${a}"\n${copyIn('main:1:/motd')}`);
  const { variants } = await planOf('of');
  expect(
    variants.map(({ stages }: { stages: { steps: { title: string }[] }[] }) => stages[0]?.steps[0]?.title),
  ).toEqual([
    'begin with m 1 x86_64 (a=1): 1.img as the disk main',
    'begin with m 1 x86_64 (a=2): 2.img as the disk main',
  ]);
});
