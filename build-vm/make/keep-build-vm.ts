// Puts a finished build-VM into the cache: its files under their digest, its manifest, and the pointer from the checkout to it.
import { copyFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildVm } from './build-vm.ts';
import { type CacheLayout, makeFolder, replaceFile } from './cache-layout.ts';
import { sha256OfFile } from './digest.ts';
import { buildVmFileNames } from './file-names.ts';
import { openBuildVm } from './find-build-vm.ts';
import {
  digestOf,
  formatManifest,
  type Manifest,
  type ManifestFile,
  manifestFileName,
  rolesOfFiles,
} from './manifest.ts';
import { writePointer } from './pointer.ts';

/** Paths of the finished files, still where they were made. */
export type MadeFiles = BuildVm['files'];

export type Provenance = Omit<Manifest, 'schema' | 'files'>;

export async function keepBuildVm(layout: CacheLayout, files: MadeFiles, provenance: Provenance): Promise<BuildVm> {
  const manifest: Manifest = { schema: 1, files: await describeFiles(files), ...provenance };
  const digest = digestOf(manifest);
  const folder = layout.buildVm(digest);
  if (openBuildVm(folder, false) === undefined) await rm(folder, { recursive: true, force: true });
  await makeFolder(layout.root, async (temporary) => {
    for (const role of rolesOfFiles()) await copyFile(files[role], join(temporary, buildVmFileNames[role]));
    await writeFile(join(temporary, manifestFileName), formatManifest(manifest));
    return folder;
  });
  // The same files may have been made from another state of the checkout: the manifest tells of the last one.
  await replaceFile(join(folder, manifestFileName), formatManifest(manifest));
  await writePointer(layout.bySource(manifest.arch, manifest.sourceDigest), { digest, origin: 'made' });
  const buildVm = openBuildVm(folder, true);
  if (buildVm === undefined) throw new Error(`Internal error: ${folder} is not whole right after it was made`);
  return buildVm;
}

async function describeFiles(files: MadeFiles): Promise<Manifest['files']> {
  const file = async (path: string): Promise<ManifestFile> => {
    return { sizeBytes: (await stat(path)).size, sha256: await sha256OfFile(path) };
  };
  return {
    efi: await file(files.efi),
    vmlinuz: await file(files.vmlinuz),
    initramfs: await file(files.initramfs),
    busybox: await file(files.busybox),
    stub: await file(files.stub),
    systemDisk: await file(files.systemDisk),
    biosBoot: await file(files.biosBoot),
    tools: await file(files.tools),
    firstrun: await file(files.firstrun),
    bios: await file(files.bios),
    videoBios: await file(files.videoBios),
  };
}
