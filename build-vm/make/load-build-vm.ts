// Brings a saved build-VM into the cache after every byte of it has been checked.
import { createHash } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildVm } from './build-vm.ts';
import { BuildVmError } from './build-vm-error.ts';
import { cacheLayout, makeFolder } from './cache-layout.ts';
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
import { readArchive } from './saved-archive.ts';
import { checkoutSources, sourceDigest } from './sources.ts';

/** Larger than any file of a build-VM; a header that says more is not believed. */
const largestFileBytes = 256 * 1024 * 1024;

/**
 * Loads `file` for the architecture that it names; builds use it from now on, until one is made from a changed checkout.
 * @throws BuildVmError `saved-file-wrong` or `manifest-wrong`; then nothing of it is left in the cache.
 */
export async function loadBuildVm(file: string, options: Omit<FindOptions, 'arch'>): Promise<BuildVm> {
  const layout = cacheLayout(options.cacheFolder);
  let folder = '';
  await makeFolder(layout.root, async (temporary) => {
    folder = layout.buildVm(digestOf(await extract(file, temporary)));
    if (openBuildVm(folder, false) === undefined) await rm(folder, { recursive: true, force: true });
    return folder;
  });
  const buildVm = openBuildVm(folder, false);
  if (buildVm === undefined) throw new Error(`Internal error: ${folder} is not whole right after it was loaded`);
  const { arch, digest, manifest } = buildVm;
  await writePointer(layout.bySource(arch, manifest.sourceDigest), { digest, origin: 'loaded' });
  await writePointer(layout.loaded(arch), { digest, origin: 'loaded' });
  return {
    ...buildVm,
    matchesCheckout: manifest.sourceDigest === sourceDigest(options.sources ?? checkoutSources(), arch),
  };
}

/** Writes the entries of `file` to `folder` and compares each with the manifest among them. */
async function extract(file: string, folder: string): Promise<Manifest> {
  const allowedNames = [manifestFileName, ...Object.values(buildVmFileNames)];
  const found = new Map<string, ManifestFile>();
  const handle = await open(file, 'r');
  try {
    await readArchive(handle, file, allowedNames, async ({ name, sizeBytes }, content) => {
      if (sizeBytes > largestFileBytes) throw damaged(file, `${name} would be ${sizeBytes} bytes`);
      found.set(name, { sizeBytes, sha256: await writeAndDigest(join(folder, name), content) });
    });
  } finally {
    await handle.close();
  }
  if (!found.has(manifestFileName)) throw damaged(file, `there is no ${manifestFileName} in it`);
  const manifest = parseManifest(
    await readFile(join(folder, manifestFileName), 'utf8'),
    `${file}: ${manifestFileName}`,
  );
  for (const role of rolesOfFiles()) {
    const name = buildVmFileNames[role];
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
      await handle.write(piece);
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
