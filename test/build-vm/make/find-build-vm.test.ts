// Finding: the build-VM of this state of the checkout, whole, and nothing else by mistake.
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cacheLayout } from '../../../build-vm/make/cache-layout.ts';
import { buildVmFileNames } from '../../../build-vm/make/file-names.ts';
import { findBuildVm } from '../../../build-vm/make/find-build-vm.ts';
import { rolesOfFiles } from '../../../build-vm/make/manifest.ts';
import { writePointer } from '../../../build-vm/make/pointer.ts';
import { guestFileNames, type Sources, sourceDigest } from '../../../build-vm/make/sources.ts';
import { placeSample, sampleSources } from './sample.ts';

let cacheFolder = '';
let sources: Sources;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'vmb-find-'));
  sources = await sampleSources(cacheFolder);
});
afterEach(() => rm(cacheFolder, { recursive: true }));

const find = () => findBuildVm({ cacheFolder, arch: 'x86_64', sources });

test('none in an empty cache', () => {
  expect(find()).toBeUndefined();
});

test('the one that was made from these sources', async () => {
  const digest = await placeSample(cacheFolder, sources);
  const folder = join(cacheFolder, 'build-vm/vm', digest);
  expect(find()).toMatchObject({
    arch: 'x86_64',
    digest,
    folder,
    pinned: true,
    matchesCheckout: true,
    files: {
      efi: join(folder, 'build-vm.efi'),
      vmlinuz: join(folder, 'vmlinuz'),
      initramfs: join(folder, 'initramfs.cpio'),
      busybox: join(folder, 'busybox'),
      stub: join(folder, 'systemd-stub.efi'),
      systemDisk: join(folder, 'system-disk.img'),
      biosBoot: join(folder, 'bios-boot.img'),
      tools: join(folder, 'tools.img'),
      firstrun: join(folder, 'firstrun.tar'),
      bios: join(folder, 'bios.bin'),
      videoBios: join(folder, 'video-bios.bin'),
    },
  });
});

test('a changed guest script: no longer', async () => {
  await placeSample(cacheFolder, sources);
  await writeFile(join(sources.guestFolder, 'init'), '#!/bin/sh\n# changed\n');
  expect(find()).toBeUndefined();
});

test('two states of the checkout that make the same files: both find them, and each is its own', async () => {
  const digest = await placeSample(cacheFolder, sources);
  await writeFile(join(sources.guestFolder, 'init'), '#!/bin/sh\n# changed\n');
  expect(await placeSample(cacheFolder, sources)).toBe(digest);
  expect(find()).toMatchObject({ digest, matchesCheckout: true });
  await writeFile(join(sources.guestFolder, 'init'), '#!/bin/sh\n');
  expect(find()).toMatchObject({ digest, matchesCheckout: true });
});

test('a changed guest script and a loaded build-VM: that one, and it says so', async () => {
  const digest = await placeSample(cacheFolder, sources);
  await writePointer(cacheLayout(cacheFolder).loaded('x86_64'), { digest, origin: 'loaded' });
  await writeFile(join(sources.guestFolder, 'init'), '#!/bin/sh\n# changed\n');
  expect(find()).toMatchObject({ digest, matchesCheckout: false });
});

test.each(['build-vm.efi', 'system-disk.img', 'manifest.json'])(
  '%s is cut: the build-VM is not there',
  async (name) => {
    const digest = await placeSample(cacheFolder, sources);
    await truncate(join(cacheFolder, 'build-vm/vm', digest, name), 10);
    expect(find()).toBeUndefined();
  },
);

test('a damaged pointer: the build-VM is not there', async () => {
  await placeSample(cacheFolder, sources);
  const pointer = cacheLayout(cacheFolder).bySource('x86_64', sourceDigest(sources, 'x86_64'));
  await writeFile(pointer, '../../../etc made\n');
  expect(find()).toBeUndefined();
});

test('what editors leave behind is neither a source nor in the guest', async () => {
  const before = sourceDigest(sources, 'x86_64');
  for (const name of ['init~', '.init.swp', '#init#~']) await writeFile(join(sources.guestFolder, name), 'x');
  expect(guestFileNames(sources)).toEqual(['init']);
  expect(sourceDigest(sources, 'x86_64')).toBe(before);
});

test('the digest is over every file', () => {
  expect(rolesOfFiles()).toEqual(Object.keys(buildVmFileNames).sort());
});
