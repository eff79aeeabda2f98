// Finds the build-VM that belongs to this checkout, without hashing anything large: called at the start of every build.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildVmArch } from './arch.ts';
import type { BuildVm } from './build-vm.ts';
import { cacheLayout } from './cache-layout.ts';
import { type BuildVmFile, buildVmFileNames } from './file-names.ts';
import { digestOf, type Manifest, manifestFileName, parseManifest, rolesOfFiles } from './manifest.ts';
import { readPointer } from './pointer.ts';
import { checkoutSources, type Sources, sourceDigest } from './sources.ts';

export interface FindOptions {
  readonly cacheFolder: string;
  readonly arch: BuildVmArch;
  /** Those of the running vmb's checkout by default. */
  readonly sources?: Sources;
}

/**
 * The build-VM made from this state of the checkout; else the one that was loaded last, with `matchesCheckout` false; else
 * undefined, which also says that a file of it is missing or cut.
 */
export function findBuildVm(options: FindOptions): BuildVm | undefined {
  const layout = cacheLayout(options.cacheFolder);
  const digest = sourceDigest(options.sources ?? checkoutSources(), options.arch);
  const made = readPointer(layout.bySource(options.arch, digest));
  const pointer = made ?? readPointer(layout.loaded(options.arch));
  const found = pointer === undefined ? undefined : openBuildVm(layout.buildVm(pointer.digest), made !== undefined);
  return found?.manifest.sourceDigest === digest ? { ...found, matchesCheckout: true } : found;
}

/**
 * The build-VM in `folder`, or undefined when it is not whole (sizes are compared, contents are not).
 * @param matchesCheckout what the caller knows: several states of the checkout may make the same files
 */
export function openBuildVm(folder: string, matchesCheckout: boolean): BuildVm | undefined {
  const manifest = readManifest(folder);
  if (manifest === undefined) return undefined;
  const file = (role: BuildVmFile) => join(folder, buildVmFileNames[role]);
  for (const role of rolesOfFiles()) {
    const facts = statSync(file(role), { throwIfNoEntry: false });
    if (facts?.size !== manifest.files[role].sizeBytes) return undefined;
  }
  return {
    arch: manifest.arch,
    digest: digestOf(manifest),
    folder,
    pinned: manifest.unpinned.length === 0,
    matchesCheckout,
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
    manifest,
  };
}

function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, manifestFileName);
  try {
    return parseManifest(readFileSync(file, 'utf8'), file);
  } catch {
    return undefined;
  }
}
