// A build-VM goes to another machine in one file: all of it arrives, and nothing but it. A tampered file leaves no trace.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BuildVm } from '../../../build-vm/make/build-vm.ts';
import { findBuildVm } from '../../../build-vm/make/find-build-vm.ts';
import { loadBuildVms } from '../../../build-vm/make/load-build-vm.ts';
import { formatManifest } from '../../../build-vm/make/manifest.ts';
import { saveBuildVms } from '../../../build-vm/make/save-build-vm.ts';
import { endOfArchive, formatHeader, paddingBytes } from '../../../build-vm/make/saved-archive.ts';
import type { Sources } from '../../../build-vm/make/sources.ts';
import { placeSample, sampleContents, sampleManifest, sampleSources } from './sample.ts';

let folder = '';
let there = '';
let file = '';
let sources: Sources;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-carry-'));
  there = join(folder, 'there');
  file = join(folder, 'saved.tar');
  sources = await sampleSources(folder);
});
afterEach(() => rm(folder, { recursive: true }));

async function load(): Promise<BuildVm> {
  const [loaded, ...others] = await loadBuildVms(file, { cacheFolder: there, sources });
  if (loaded === undefined || others.length > 0) throw new Error('not exactly one build-VM was loaded');
  return loaded;
}

async function saveSample(): Promise<string> {
  const digest = await placeSample(join(folder, 'here'), sources);
  const buildVm = findBuildVm({ cacheFolder: join(folder, 'here'), arch: 'x86_64', sources });
  if (buildVm === undefined) throw new Error('the sample is not there');
  await saveBuildVms([buildVm], file);
  return digest;
}

test('saved here, loaded there: the same files under the same digest, and builds find it', async () => {
  const digest = await saveSample();
  const loaded = await load();
  expect(loaded).toMatchObject({ digest, matchesCheckout: true, pinned: true });
  expect(await readFile(loaded.files.systemDisk, 'utf8')).toBe(sampleContents.systemDisk);
  expect(await readFile(loaded.files.stub, 'utf8')).toBe('');
  expect(findBuildVm({ cacheFolder: there, arch: 'x86_64', sources })).toEqual(loaded);
  expect((await readdir(join(there, 'build-vm'))).sort()).toEqual(['by-source', 'loaded', 'vm']);
});

test('what cannot be loaded to the end is not left behind', async () => {
  await saveSample();
  // The last thing that is written: on a disk that gets full just then it fails, too.
  await mkdir(join(there, 'build-vm'), { recursive: true });
  await writeFile(join(there, 'build-vm/loaded'), '');
  await expect(load()).rejects.toThrow('EEXIST');
  expect(await readdir(join(there, 'build-vm/vm'))).toEqual([]);
  expect((await readdir(join(there, 'build-vm'))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('loaded twice is loaded once', async () => {
  await saveSample();
  expect(await load()).toEqual(await load());
});

test('on a machine with other guest scripts it is used as it is, and says so', async () => {
  const digest = await saveSample();
  await writeFile(join(sources.guestFolder, 'init'), '#!/bin/sh\n# other\n');
  expect(await load()).toMatchObject({ digest, matchesCheckout: false });
  expect(findBuildVm({ cacheFolder: there, arch: 'x86_64', sources })).toMatchObject({
    digest,
    matchesCheckout: false,
  });
});

test('tar reads it', async () => {
  await saveSample();
  expect(execFileSync('tar', ['--list', '--file', file], { encoding: 'utf8' })).toBe(
    'x86_64/manifest.json\nx86_64/bios-boot.img\nx86_64/bios.bin\nx86_64/build-vm.efi\nx86_64/busybox\nx86_64/firstrun.tar\nx86_64/initramfs.cpio\nx86_64/system-disk.img\nx86_64/systemd-stub.efi\nx86_64/tools.img\nx86_64/video-bios.bin\nx86_64/vmlinuz\n',
  );
});

test('two architectures in one file', async () => {
  await placeSample(join(folder, 'here'), sources);
  await placeSample(join(folder, 'here'), sources, { ...sampleContents, efi: 'another' }, 'i686');
  const here = (['x86_64', 'i686'] as const).flatMap(
    (arch) => findBuildVm({ cacheFolder: join(folder, 'here'), arch, sources }) ?? [],
  );
  await saveBuildVms(here, file);
  const loaded = await loadBuildVms(file, { cacheFolder: there, sources });
  expect(loaded.map(({ arch, digest }) => [arch, digest])).toEqual(here.map(({ arch, digest }) => [arch, digest]));
  expect(findBuildVm({ cacheFolder: there, arch: 'i686', sources })).toEqual(loaded[1]);
  expect((await readdir(join(there, 'build-vm'))).sort()).toEqual(['by-source', 'loaded', 'vm']);
});

test('saving over an old file replaces it in one step, and leaves nothing beside it', async () => {
  await writeFile(file, 'old');
  await saveSample();
  expect((await readdir(folder)).sort()).toEqual(['guest', 'here', 'saved.tar']);
});

describe('a tampered file', () => {
  const damaged = (what: string) =>
    `${file}: nothing is loaded, because ${what}. Save it again on the machine that made it, and compare "sha256sum" of both copies.`;
  const wrong = (what: string) =>
    `${file}: this is not a saved build-VM: ${what}. Write it again with "vmb build-vm save FILE" and copy it as a binary file.`;

  async function expectRefusal(message: string): Promise<void> {
    await expect(load()).rejects.toThrow(message);
    expect(await readdir(join(there, 'build-vm'))).toEqual([]);
  }

  /** An archive of these entries, in this order. */
  async function writeArchive(entries: readonly (readonly [name: string, text: string])[]): Promise<void> {
    const pieces = entries.flatMap(([name, text]) => {
      const sizeBytes = Buffer.byteLength(text);
      return [formatHeader({ name, sizeBytes }), Buffer.from(text), Buffer.alloc(paddingBytes(sizeBytes))];
    });
    await writeFile(file, Buffer.concat([...pieces, endOfArchive]));
  }

  const manifest = formatManifest(sampleManifest(sampleContents));
  const good = [
    ['x86_64/manifest.json', manifest],
    ['x86_64/build-vm.efi', sampleContents.efi],
    ['x86_64/vmlinuz', sampleContents.vmlinuz],
    ['x86_64/initramfs.cpio', sampleContents.initramfs],
    ['x86_64/busybox', sampleContents.busybox],
    ['x86_64/systemd-stub.efi', sampleContents.stub],
    ['x86_64/system-disk.img', sampleContents.systemDisk],
    ['x86_64/bios-boot.img', sampleContents.biosBoot],
    ['x86_64/tools.img', sampleContents.tools],
    ['x86_64/firstrun.tar', sampleContents.firstrun],
    ['x86_64/bios.bin', sampleContents.bios],
    ['x86_64/video-bios.bin', sampleContents.videoBios],
  ] as const;

  test('the archive made here is good before it is tampered with', async () => {
    await writeArchive(good);
    await expect(load()).resolves.toMatchObject({ matchesCheckout: false });
  });

  test.each([
    '../../evil',
    '/etc/passwd',
    'x86_64/../../evil',
    'vmlinuz',
    'arm/vmlinuz',
    'README',
    '',
    'x86_64/vmlinuz ',
  ])('an entry named %j', async (name) => {
    await writeArchive([...good, [name, 'evil']]);
    await expectRefusal(wrong(`${JSON.stringify(name)} does not belong there, or is there twice`));
  });

  test('an entry that is there twice', async () => {
    await writeArchive([...good, ['x86_64/vmlinuz', 'evil']]);
    await expectRefusal(wrong('"x86_64/vmlinuz" does not belong there, or is there twice'));
  });

  test.each([
    ['symbolic link', '2'],
    ['hard link', '1'],
    ['device', '4'],
    ['folder', '5'],
    ['long name', 'L'],
  ])('an entry that is a %s', async (_title, type) => {
    const header = Buffer.from(formatHeader({ name: 'x86_64/vmlinuz', sizeBytes: 0 }));
    header.write(type, 156);
    const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    await writeFile(file, Buffer.concat([header, endOfArchive]));
    await expectRefusal(wrong('"x86_64/vmlinuz" is not a plain file'));
  });

  test('a file that is missing', async () => {
    await writeArchive(good.filter(([name]) => name !== 'x86_64/busybox'));
    await expectRefusal(damaged('x86_64/busybox is missing'));
  });

  test('no manifest', async () => {
    await writeArchive(good.slice(1));
    await expectRefusal(damaged('there is no x86_64/manifest.json in it'));
  });

  test.each(['x86_64/build-vm.efi', 'x86_64/vmlinuz', 'x86_64/busybox', 'x86_64/system-disk.img'])(
    'one byte of %s',
    async (changed) => {
      await writeArchive(good.map(([name, text]) => [name, name === changed ? `${text.slice(0, -1)}X` : text]));
      await expectRefusal(damaged(`${changed} does not have the digest that its manifest names`));
    },
  );

  test('a file too large to be one of ours, before it is written', async () => {
    const header = formatHeader({ name: 'x86_64/vmlinuz', sizeBytes: 300 * 1024 * 1024 });
    await writeFile(file, Buffer.concat([header, endOfArchive]));
    await expectRefusal(damaged('x86_64/vmlinuz would be 314572800 bytes'));
  });

  test('a manifest of another architecture', async () => {
    await writeArchive(good.map(([name, text]) => [name.replace('x86_64', 'i686'), text]));
    await expectRefusal(damaged('i686/manifest.json is that of a build-VM for x86_64'));
  });

  test('nothing at all', async () => {
    await writeArchive([]);
    await expectRefusal(damaged('there is nothing in it'));
  });

  test('a manifest that is none', async () => {
    await writeArchive([['x86_64/manifest.json', '{"schema": 2}'], ...good.slice(1)]);
    await expectRefusal(
      `${file}: x86_64/manifest.json: schema must be 1. Make or save this build-VM again with this version of vmb.`,
    );
  });

  test('a cut copy', async () => {
    await saveSample();
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, whole.length - 2_000_000));
    await expectRefusal(wrong('it ends too early'));
  });

  test('any other bytes', async () => {
    await writeFile(file, 'not an archive '.repeat(100));
    await expectRefusal(wrong('it is no tar archive, or it is damaged'));
  });

  test('any changed byte is refused, or changes nothing that is loaded', async () => {
    const small = {
      efi: 'e',
      vmlinuz: 'v',
      initramfs: 'i',
      busybox: 'b',
      stub: 's',
      systemDisk: 'd',
      biosBoot: 'u',
      tools: 't',
      firstrun: 'f',
      bios: 'o',
      videoBios: 'g',
    };
    const entries = Object.entries({
      'x86_64/manifest.json': formatManifest(sampleManifest(small)),
      'x86_64/build-vm.efi': 'e',
      'x86_64/vmlinuz': 'v',
      'x86_64/initramfs.cpio': 'i',
      'x86_64/busybox': 'b',
      'x86_64/systemd-stub.efi': 's',
      'x86_64/system-disk.img': 'd',
      'x86_64/bios-boot.img': 'u',
      'x86_64/firstrun.tar': 'f',
      'x86_64/tools.img': 't',
      'x86_64/bios.bin': 'o',
      'x86_64/video-bios.bin': 'g',
    });
    await writeArchive(entries);
    const whole = await readFile(file);
    const original = await load();
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        await writeFile(file, bytes);
        const loaded = await load().catch((error: unknown) => error);
        if (loaded instanceof Error) expect(loaded.name).toBe('BuildVmError');
        else expect(loaded).toMatchObject({ digest: original.digest });
      }),
    );
  });
});

test('the time in a header is fixed: the same build-VM makes the same file', async () => {
  await saveSample();
  const first = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  await saveSample();
  expect(
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  ).toBe(first);
});
