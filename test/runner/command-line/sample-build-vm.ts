// A build-VM in a cache folder that nothing could boot: its files hold only their names. For all that is not done by booting.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildVmArch } from '../../../build-vm/make/arch.ts';
import { cacheLayout } from '../../../build-vm/make/cache-layout.ts';
import { buildVmFileNames } from '../../../build-vm/make/file-names.ts';
import {
  digestOf,
  formatManifest,
  type Manifest,
  type ManifestFile,
  manifestFileName,
} from '../../../build-vm/make/manifest.ts';
import { writePointer } from '../../../build-vm/make/pointer.ts';
import { checkoutSources, sourceDigest } from '../../../build-vm/make/sources.ts';

export interface SampleFacts {
  readonly unpinned?: readonly string[];
  readonly madeHere?: boolean;
  readonly arch?: BuildVmArch;
}

/** Its digest. */
export async function placeSampleBuildVm(cacheFolder: string, facts: SampleFacts = {}): Promise<string> {
  const layout = cacheLayout(cacheFolder);
  const arch = facts.arch ?? 'x86_64';
  const textOf = (name: string) => (arch === 'x86_64' ? name : `${name} for ${arch}`);
  const file = (role: keyof typeof buildVmFileNames): ManifestFile => {
    const text = textOf(buildVmFileNames[role]);
    return { sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') };
  };
  const ownSources = sourceDigest(checkoutSources(), arch);
  const manifest: Manifest = {
    schema: 1,
    arch,
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
    sourceDigest: facts.madeHere === true ? ownSources : '0'.repeat(64),
    kernelRelease: '6.1.0-sample',
    inputs: [],
    toolchain: [],
    unpinned: facts.unpinned ?? [],
  };
  const digest = digestOf(manifest);
  const folder = layout.buildVm(digest);
  await mkdir(folder, { recursive: true });
  for (const name of Object.values(buildVmFileNames)) await writeFile(join(folder, name), textOf(name));
  await writeFile(join(folder, manifestFileName), formatManifest(manifest));
  await writePointer(layout.loaded(arch), { digest, origin: 'loaded' });
  return digest;
}
