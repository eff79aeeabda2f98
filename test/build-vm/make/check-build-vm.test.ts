// The check that a build-VM is reproducible: what it compares, what it says, and under which circumstances the second one is made.
// The makers are stand-ins that put files into a cache; the real ones run in `make build-vm-check`.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkBuildVm } from '../../../build-vm/make/check-build-vm.ts';
import type { BuildVmFile } from '../../../build-vm/make/file-names.ts';
import { toolchainPackages } from '../../../build-vm/make/packages.ts';
import type { Sources } from '../../../build-vm/make/sources.ts';
import type { CommandOptions, CommandRunner } from '../../../vmm-adapters/lib/command.ts';
import { placeSample, sampleContents, sampleSources } from './sample.ts';

let folder = '';
let sources: Sources;
let secondRun: { words: readonly string[]; options: CommandOptions | undefined } | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-check-'));
  sources = await sampleSources(folder);
  secondRun = undefined;
  await placeSample(join(folder, 'cache'), sources);
});
afterEach(() => rm(folder, { recursive: true }));

/** Checks against a second maker that makes these contents. */
function check(contents: Readonly<Record<BuildVmFile, string>>, meanwhile = async () => {}) {
  let secondCache = '';
  const commands: CommandRunner = {
    start: () => expect.unreachable(),
    async run(file, args, options) {
      const words = [file, ...args];
      const result = { exitCode: 0, stdout: '', stderr: '' };
      if (file === 'dpkg-query') {
        const installed = toolchainPackages.map((name) => `installed ${name} amd64 12.2`);
        return { ...result, stdout: installed.join('\n') };
      }
      if (words.includes('the-maker')) {
        secondRun = { words, options };
        await meanwhile();
        await placeSample(secondCache, sources, contents);
      }
      return result;
    },
  };
  return checkBuildVm({
    cacheFolder: join(folder, 'cache'),
    arch: 'x86_64',
    commands,
    report: () => undefined,
    sources,
    secondMaker: (homeFolder) => {
      secondCache = join(homeFolder, 'cache');
      return { file: 'the-maker', args: ['build-vm', 'make'], env: { VMB_HOME: homeFolder }, cacheFolder: secondCache };
    },
  });
}

test('equal files: the build-VM', async () => {
  await expect(check(sampleContents)).resolves.toMatchObject({
    folder: expect.stringContaining(join(folder, 'cache')),
  });
});

test('files that differ are named', async () => {
  const first = await check(sampleContents);
  await expect(check({ ...sampleContents, efi: 'other', vmlinuz: 'other' })).rejects.toThrow(
    `The build-VM was made twice, and these files differ: build-vm.efi, vmlinuz. The first ones are in ${first.folder}; run the check again with "cmp" at hand to look at both.`,
  );
});

test('somebody edits a guest script meanwhile', async () => {
  const edit = () => writeFile(join(sources.guestFolder, 'init'), '#!/bin/sh\n# edited\n');
  await expect(check(sampleContents, edit)).rejects.toThrow(
    'A file that the build-VM is made from was changed during the check, so there is nothing to compare. Run it again.',
  );
});

test('the second one is made under another umask, time zone, locale and user name; nothing of it is left', async () => {
  await check(sampleContents);
  const env = secondRun?.options?.env ?? {};
  const home = env['VMB_HOME'] ?? '';
  expect(env).toEqual({
    VMB_HOME: home,
    HOME: home,
    LC_ALL: 'tr_TR.UTF-8',
    LOGNAME: 'somebody',
    TZ: 'Pacific/Kiritimati',
    USER: 'somebody',
  });
  expect(secondRun?.words.slice(-7)).toEqual([
    'sh',
    '-c',
    'umask 077; exec "$@"',
    'sh',
    'the-maker',
    'build-vm',
    'make',
  ]);
  await expect(readdir(dirname(home))).rejects.toThrow('ENOENT');
});
