// Where the makers keep things below the cache folder, and how a result appears there: under a temporary name, then renamed.
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildVmArch } from './arch.ts';

export interface CacheLayout {
  /** Parent of all below. */
  readonly root: string;
  /** NAME.deb by SHA-256 of its bytes. */
  readonly package: (sha256: string) => string;
  /** Which packages were taken for a lock that the archive could not satisfy. */
  readonly resolution: (lockDigest: string) => string;
  /** Packages unpacked over each other, by digest over their digests. */
  readonly unpacked: (digest: string) => string;
  /** The kernel's source by SHA-256 of its package. */
  readonly kernelSource: (sha256: string) => string;
  /** A compiled kernel tree, by digest over all that shapes it. */
  readonly kernel: (digest: string) => string;
  /** A finished build-VM by its digest. */
  readonly buildVm: (digest: string) => string;
  /** Pointer to the build-VM made from a state of the checkout. */
  readonly bySource: (arch: BuildVmArch, sourceDigest: string) => string;
  /** Pointer to the build-VM that `load` brought in last. */
  readonly loaded: (arch: BuildVmArch) => string;
}

export function cacheLayout(cacheFolder: string): CacheLayout {
  const root = join(cacheFolder, 'build-vm');
  return {
    root,
    package: (sha256) => join(root, 'packages', `${sha256}.deb`),
    resolution: (lockDigest) => join(root, 'resolutions', lockDigest),
    unpacked: (digest) => join(root, 'unpacked', digest),
    kernelSource: (sha256) => join(root, 'kernel-source', sha256),
    kernel: (digest) => join(root, 'kernel', digest),
    buildVm: (digest) => join(root, 'vm', digest),
    bySource: (arch, sourceDigest) => join(root, 'by-source', `${arch}-${sourceDigest}`),
    loaded: (arch) => join(root, 'loaded', arch),
  };
}

/**
 * Fills a new folder under a temporary name, so that nobody ever sees half of it, and then gives it the name that `fill`
 * returns. When that is taken by then, the folder that is there stays: names are digests of the content.
 * @param parent folder on the same filesystem as the name
 */
export async function makeFolder(parent: string, fill: (temporary: string) => Promise<string>): Promise<void> {
  const temporary = temporaryName(join(parent, 'new'));
  await mkdir(temporary, { recursive: true });
  try {
    const folder = await fill(temporary);
    await mkdir(dirname(folder), { recursive: true });
    await rename(temporary, folder).catch((error: unknown) => {
      if (!isTaken(error)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Writes a file in one step: readers see the old text or the new one. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = temporaryName(file);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(temporary, text);
  await rename(temporary, file);
}

/** A name beside `path`, on the same filesystem; leftovers of a killed process are recognised by the suffix. */
export function temporaryName(path: string): string {
  return `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');
}
