// Writes build-VMs of one or more architectures into one file, for machines that cannot make them themselves.

import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFully } from '../../base/write-fully.ts';
import type { BuildVm } from './build-vm.ts';
import { temporaryName } from './cache-layout.ts';
import { buildVmFileNames } from './file-names.ts';
import { manifestFileName } from './manifest.ts';
import { endOfArchive, formatHeader, paddingBytes, savedName } from './saved-archive.ts';

/** Writes `file` in one step: it is whole, or it is not there. */
export async function saveBuildVms(buildVms: readonly BuildVm[], file: string): Promise<void> {
  const temporary = temporaryName(file);
  const handle = await open(temporary, 'wx');
  try {
    for (const { arch, folder } of buildVms) {
      for (const name of [manifestFileName, ...Object.values(buildVmFileNames).sort()]) {
        await append(handle, savedName(arch, name), join(folder, name));
      }
    }
    await writeFully(handle, endOfArchive);
    await handle.close();
    await rename(temporary, file);
  } finally {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
  }
}

async function append(handle: FileHandle, name: string, source: string): Promise<void> {
  const { size } = await stat(source);
  await writeFully(handle, formatHeader({ name, sizeBytes: size }));
  for await (const piece of createReadStream(source, { highWaterMark: 1024 * 1024 })) await writeFully(handle, piece);
  await writeFully(handle, Buffer.alloc(paddingBytes(size)));
}
