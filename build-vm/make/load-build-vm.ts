// Brings saved build-VMs into the cache after every byte of them has been checked.

import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFully } from '../../base/write-fully.ts';
import { type BuildVmArch, buildVmArchs } from './arch.ts';
import type { BuildVm } from './build-vm.ts';
import { BuildVmError } from './build-vm-error.ts';
import { type CacheLayout, cacheLayout, makeFolder, temporaryName } from './cache-layout.ts';
import { buildVmFileNames } from './file-names.ts';
import { type FindOptions, openBuildVm } from './find-build-vm.ts';
import {
  digestOf,
  type Manifest,
  type ManifestFile,
  manifestFileName,
  parseManifest,
  rolesOfFiles,
} from './manifest.ts';
import { writePointer } from './pointer.ts';
import { readArchive, savedName } from './saved-archive.ts';
import { checkoutSources, sourceDigest } from './sources.ts';

/** Larger than any file of a build-VM; a header that says more is not believed. */
const largestFileBytes = 256 * 1024 * 1024;

/**
 * Loads the build-VMs in `file`, one for each architecture there; builds use them from now on, until one is made from a changed
 * checkout.
 * @throws BuildVmError `saved-file-wrong` or `manifest-wrong`; then nothing of it is left in the cache.
 */
export async function loadBuildVms(file: string, options: Omit<FindOptions, 'arch'>): Promise<BuildVm[]> {
  const layout = cacheLayout(options.cacheFolder);
  const extracted = temporaryName(join(layout.root, 'new'));
  await mkdir(extracted, { recursive: true });
  try {
    const manifests = await extract(file, extracted);
    const loaded = await takeAll(manifests, extracted, layout);
    const sources = options.sources ?? checkoutSources();
    return loaded.map((buildVm) => {
      return { ...buildVm, matchesCheckout: buildVm.manifest.sourceDigest === sourceDigest(sources, buildVm.arch) };
    });
  } finally {
    await rm(extracted, { recursive: true, force: true });
  }
}

/** All of them or none: on a disk that gets full at the last moment nothing of the file stays. */
async function takeAll(manifests: readonly Manifest[], extracted: string, layout: CacheLayout): Promise<BuildVm[]> {
  const loaded: BuildVm[] = [];
  const added: string[] = [];
  try {
    for (const manifest of manifests) {
      const digest = digestOf(manifest);
      if (openBuildVm(layout.buildVm(digest), false) === undefined) added.push(layout.buildVm(digest));
      loaded.push(await take(join(extracted, manifest.arch), digest, layout));
    }
    return loaded;
  } catch (error) {
    for (const folder of added) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Moves a checked build-VM to its place, and points to it. */
async function take(source: string, digest: string, layout: CacheLayout): Promise<BuildVm> {
  const folder = layout.buildVm(digest);
  if (openBuildVm(folder, false) === undefined) await rm(folder, { recursive: true, force: true });
  await makeFolder(layout.root, async (temporary) => {
    await rename(source, temporary);
    return folder;
  });
  const buildVm = openBuildVm(folder, false);
  if (buildVm === undefined) throw new Error(`Internal error: ${folder} is not whole right after it was loaded`);
  await writePointer(layout.bySource(buildVm.arch, buildVm.manifest.sourceDigest), { digest, origin: 'loaded' });
  await writePointer(layout.loaded(buildVm.arch), { digest, origin: 'loaded' });
  return buildVm;
}

/** Writes the entries of `file` to a folder for each architecture and compares each with the manifest among them. */
async function extract(file: string, folder: string): Promise<Manifest[]> {
  const names = [manifestFileName, ...Object.values(buildVmFileNames)];
  const allowedNames = buildVmArchs.flatMap((arch) => names.map((name) => savedName(arch, name)));
  const found = new Map<string, ManifestFile>();
  const handle = await open(file, 'r');
  try {
    await readArchive(handle, file, allowedNames, async ({ name, sizeBytes }, content) => {
      if (sizeBytes > largestFileBytes) throw damaged(file, `${name} would be ${sizeBytes} bytes`);
      await mkdir(dirname(join(folder, name)), { recursive: true });
      found.set(name, { sizeBytes, sha256: await writeAndDigest(join(folder, name), content) });
    });
  } finally {
    await handle.close();
  }
  const archs = buildVmArchs.filter((arch) => names.some((name) => found.has(savedName(arch, name))));
  if (archs.length === 0) throw damaged(file, 'there is nothing in it');
  return Promise.all(archs.map((arch) => checkExtracted(arch, found, folder, file)));
}

async function checkExtracted(
  arch: BuildVmArch,
  found: ReadonlyMap<string, ManifestFile>,
  folder: string,
  file: string,
): Promise<Manifest> {
  const manifestName = savedName(arch, manifestFileName);
  if (!found.has(manifestName)) throw damaged(file, `there is no ${manifestName} in it`);
  const manifest = parseManifest(await readFile(join(folder, manifestName), 'utf8'), `${file}: ${manifestName}`);
  if (manifest.arch !== arch) throw damaged(file, `${manifestName} is that of a build-VM for ${manifest.arch}`);
  for (const role of rolesOfFiles()) {
    const name = savedName(arch, buildVmFileNames[role]);
    const expected = manifest.files[role];
    const actual = found.get(name);
    if (actual === undefined) throw damaged(file, `${name} is missing`);
    if (actual.sha256 !== expected.sha256 || actual.sizeBytes !== expected.sizeBytes) {
      throw damaged(file, `${name} does not have the digest that its manifest names`);
    }
  }
  return manifest;
}

async function writeAndDigest(file: string, content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file, 'wx', 0o644);
  try {
    for await (const piece of content) {
      hash.update(piece);
      await writeFully(handle, piece);
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

function damaged(file: string, what: string): BuildVmError {
  return new BuildVmError(
    'saved-file-wrong',
    `${file}: nothing is loaded, because ${what}. Save it again on the machine that made it, and compare "sha256sum" of both copies.`,
  );
}
