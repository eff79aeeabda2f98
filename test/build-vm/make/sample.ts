// A build-VM that nothing could boot, and sources for it: small files for tests of keeping, finding and carrying.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildVmArch } from '../../../build-vm/make/arch.ts';
import { cacheLayout } from '../../../build-vm/make/cache-layout.ts';
import { type BuildVmFile, buildVmFileNames } from '../../../build-vm/make/file-names.ts';
import { digestOf, formatManifest, type Manifest, manifestFileName } from '../../../build-vm/make/manifest.ts';
import { toolchainPackages } from '../../../build-vm/make/packages.ts';
import { writePointer } from '../../../build-vm/make/pointer.ts';
import { checkoutSources, type Sources, sourceDigest } from '../../../build-vm/make/sources.ts';

/** Contents with lengths on both sides of a tar block. */
export const sampleContents: Readonly<Record<BuildVmFile, string>> = {
  efi: 'e'.repeat(512),
  vmlinuz: 'v'.repeat(513),
  initramfs: '070701',
  busybox: 'b',
  stub: '',
  systemDisk: 's'.repeat(3 * 1024 * 1024 + 1),
  biosBoot: 'grub',
  tools: 'hsqs',
  firstrun: 'agent',
  bios: 'seabios',
  videoBios: 'vga',
};

/** Sources with a guest folder of their own, so that a test can change them. */
export async function sampleSources(folder: string): Promise<Sources> {
  const guestFolder = join(folder, 'guest');
  await mkdir(guestFolder, { recursive: true });
  await writeFile(join(guestFolder, 'init'), '#!/bin/sh\n');
  return { ...checkoutSources(), guestFolder };
}

export function sampleManifest(
  contents: Readonly<Record<BuildVmFile, string>>,
  change: Partial<Manifest> = {},
): Manifest {
  const file = (role: BuildVmFile) => {
    const text = contents[role];
    return { sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') };
  };
  return {
    schema: 1,
    arch: 'x86_64',
    files: {
      efi: file('efi'),
      vmlinuz: file('vmlinuz'),
      initramfs: file('initramfs'),
      busybox: file('busybox'),
      stub: file('stub'),
      systemDisk: file('systemDisk'),
      biosBoot: file('biosBoot'),
      tools: file('tools'),
      firstrun: file('firstrun'),
      bios: file('bios'),
      videoBios: file('videoBios'),
    },
    sourceDigest: '0'.repeat(64),
    kernelRelease: '6.1.0',
    inputs: [{ name: 'dash', architecture: 'amd64', version: '0.5', sha256: 'ab'.repeat(32) }],
    toolchain: toolchainPackages.map((name) => {
      return { name, architecture: 'amd64', version: '12.2', sha256: 'cd'.repeat(32) };
    }),
    unpinned: [],
    ...change,
  };
}

/** Puts it into the cache as if it had been made from `sources`; its digest. */
export async function placeSample(
  cacheFolder: string,
  sources: Sources,
  contents: Readonly<Record<BuildVmFile, string>> = sampleContents,
  arch: BuildVmArch = 'x86_64',
): Promise<string> {
  const layout = cacheLayout(cacheFolder);
  const manifest = sampleManifest(contents, { arch, sourceDigest: sourceDigest(sources, arch) });
  const digest = digestOf(manifest);
  const folder = layout.buildVm(digest);
  await mkdir(folder, { recursive: true });
  for (const role of [
    'efi',
    'vmlinuz',
    'initramfs',
    'busybox',
    'stub',
    'systemDisk',
    'biosBoot',
    'tools',
    'firstrun',
    'bios',
    'videoBios',
  ] as const) {
    await writeFile(join(folder, buildVmFileNames[role]), contents[role]);
  }
  await writeFile(join(folder, manifestFileName), formatManifest(manifest));
  await writePointer(layout.bySource(arch, manifest.sourceDigest), { digest, origin: 'made' });
  return digest;
}
