// The commands around build-VMs, by architecture: shown, saved, loaded. Making them has tests of its own.
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bench, makeBench } from '../run-vmb.ts';
import { placeSampleBuildVm } from '../sample-build-vm.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await makeBench();
});

afterEach(() => bench.remove());

const missing = (arch: string) =>
  `There is no build-VM for ${arch} here that belongs to this vmb; make it with \`vmb build-vm make\` (about 5 minutes the first time), or take one from another machine with \`vmb build-vm load FILE\`.\n`;

test('what is there is shown, and one that is missing is an error', async () => {
  expect(await bench.vmb('build-vm', 'show')).toMatchObject({ exitCode: 69, stderr: missing('x86_64') });
  const digest = await placeSampleBuildVm(bench.context.folders.cache);
  expect(await bench.vmb('build-vm', 'show')).toMatchObject({ exitCode: 69, stderr: missing('i686') });
  const { exitCode, stdout } = await bench.vmb('build-vm', 'show', '--arch', 'x86_64');
  expect({ exitCode, firstLine: stdout.split('\n')[0] }).toEqual({
    exitCode: 0,
    firstLine: `build-VM ${digest} (x86_64, kernel 6.1.0-sample, pinned inputs)`,
  });
});

test('an architecture that does not exist', async () => {
  expect(await bench.vmb('build-vm', 'show', '--arch', 'arm')).toMatchObject({
    exitCode: 2,
    stderr: '--arch: there are no build-VMs for "arm"; use x86_64 or i686\n',
  });
});

test('all are saved, or the one that is named; loaded, each is told', async () => {
  const { cache } = bench.context.folders;
  const digest = await placeSampleBuildVm(cache);
  expect(await bench.vmb('build-vm', 'save', 'all.tar')).toMatchObject({ exitCode: 69, stderr: missing('i686') });
  const other = await placeSampleBuildVm(cache, { arch: 'i686' });
  expect((await bench.vmb('build-vm', 'save', 'one.tar', '--arch', 'i686')).stdout).toBe(
    `build-VM ${other} (i686) is in /bench/one.tar\n`,
  );
  expect((await bench.vmb('build-vm', 'save', 'all.tar')).stdout).toBe(
    `build-VM ${digest} (x86_64) is in /bench/all.tar\nbuild-VM ${other} (i686) is in /bench/all.tar\n`,
  );
  const { exitCode, stdout } = await bench.vmb('build-vm', 'load', 'all.tar');
  const elsewhere = 'It was made by another version of vmb than this one; fingerprints name it by its digest.';
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').filter((line) => !line.startsWith('in '))).toEqual([
    `build-VM ${digest} (x86_64, kernel 6.1.0-sample, pinned inputs)`,
    elsewhere,
    `build-VM ${other} (i686, kernel 6.1.0-sample, pinned inputs)`,
    elsewhere,
    '',
  ]);
  expect((await readdir(bench.folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
