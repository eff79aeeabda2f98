// Which build file `--repo`, `--name`, `--arch` and `--version` mean.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, makeBench } from './run-vmb.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await makeBench();
  for (const [folder, name, version, arch] of [
    ['one', 'hello', '1', 'x86_64'],
    ['two', 'hello', '2', 'x86_64'],
    ['two-small', 'hello', '2', 'i686'],
    ['other', 'other', '1', 'x86_64'],
  ]) {
    await mkdir(join(bench.folder, 'images', folder ?? ''), { recursive: true });
    const top = `name = "${name}"\nversion = "${version}"\narch = "${arch}"\nsummary = "s"\nfrom = "${folder}"\n`;
    await writeFile(join(bench.folder, 'images', folder ?? '', 'build.toml'), `${top}[vars]\na = "1"\n`);
  }
});

afterEach(() => bench.remove());

test.each([
  ['the only one', ['--name', 'other'], 'images/other/build.toml:5:1'],
  ['by version', ['--name', 'hello', '--version', '1'], 'images/one/build.toml:5:1'],
  ['by arch', ['--name', 'hello', '--arch', 'i686'], 'images/two-small/build.toml:5:1'],
  ['by both', ['--name', 'hello', '--arch', 'x86_64', '--version', '2'], 'images/two/build.toml:5:1'],
])('%s', async (_, argv, place) => {
  const { stderr } = await bench.vmb('plan', '--repo', 'images', ...argv);
  expect(stderr.split('\n').find((line) => line.includes('"from"'))).toBe(
    `${place}: there is no option "from" here; use one of: name, version, arch, summary, extends, epoch, machine, vars, source, matrix, job`,
  );
});

test.each([
  ['several fit', ['--repo', 'images', '--name', 'hello']],
  ['no such repository', ['--repo', 'imags', '--name', 'hello']],
  ['no such name', ['--repo', 'images', '--name', 'helo']],
  ['no such version', ['--repo', 'images', '--name', 'hello', '--version', '3']],
  ['no such arch', ['--repo', 'images', '--name', 'hello', '--arch', 'x86-64']],
  ['no name', ['--repo', 'images']],
  ['a variable without value', ['--repo', 'images', '--name', 'other', '--var', 'x']],
  ['a variable without name', ['--repo', 'images', '--name', 'other', '--var', '=x']],
  ['a variable twice', ['--repo', 'images', '--name', 'other', '--var', 'x=1', '--var', 'x=2']],
  ['an unknown variable', ['--repo', 'images', '--name', 'other', '--var', 'b=1']],
])('%s', async (_, argv) => {
  const { exitCode, stdout, stderr } = await bench.vmb('plan', ...argv);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatchSnapshot();
});

test('build files without a name are told beside what was not found', async () => {
  await mkdir(join(bench.folder, 'images/broken'));
  await writeFile(join(bench.folder, 'images/broken/build.toml'), 'name = ');
  const { stderr } = await bench.vmb('plan', '--repo', 'images', '--name', 'broken');
  expect(stderr).toMatchSnapshot();
});
