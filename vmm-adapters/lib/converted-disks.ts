// Disks of VMMs that know one format: raw files, or what qemu-img makes of them.
import { copyFile, open, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskContent, DiskHandle } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import { codeOf, explained } from './host-files.ts';
import type { ImageFormat, QemuImg } from './qemu-img.ts';

export interface ConvertedDisks {
  /** @throws AdapterError */
  place(handle: DiskHandle, content: DiskContent): Promise<void>;
  /** @throws AdapterError */
  collect(handle: DiskHandle): Promise<string>;
  remove(handle: DiskHandle): Promise<void>;
  pathOf(handle: DiskHandle): string;
}

const sectorBytes = 512;

export function makeConvertedDisks(workFolder: string, format: ImageFormat, qemuImg: QemuImg): ConvertedDisks {
  const placed = new Set<string>();
  const rawPath = (handle: DiskHandle) => join(workFolder, `disk-${handle.id}.raw`);
  const pathOf = (handle: DiskHandle) => join(workFolder, `disk-${handle.id}.${format}`);
  const remove = async (handle: DiskHandle) => {
    placed.delete(handle.id);
    await Promise.all([rawPath(handle), pathOf(handle)].map((path) => rm(path, { force: true })));
  };
  return {
    pathOf,
    remove,
    async place(handle, content) {
      if (placed.has(handle.id)) throw new Error(`Internal error: the disk ${handle.id} was placed twice`);
      const raw = rawPath(handle);
      try {
        await explained(raw, () => makeRaw(handle, content, raw));
        if (format !== 'raw') {
          await qemuImg.convert(raw, 'raw', pathOf(handle), format);
          await rm(raw);
        }
      } catch (error) {
        await remove(handle);
        throw error;
      }
      placed.add(handle.id);
    },
    async collect(handle) {
      if (!placed.has(handle.id))
        throw new Error(`Internal error: the disk ${handle.id} was collected before it was placed`);
      if (format !== 'raw') {
        await rm(rawPath(handle), { force: true });
        await qemuImg.convert(pathOf(handle), format, rawPath(handle), 'raw');
      }
      return rawPath(handle);
    },
  };
}

async function makeRaw(handle: DiskHandle, content: DiskContent, path: string): Promise<void> {
  const sizeBytes = Math.ceil(handle.sizeBytes / sectorBytes) * sectorBytes;
  if (content.kind === 'blank') {
    await (await open(path, 'wx')).close();
  } else {
    const { size } = await stat(content.path);
    if (size > handle.sizeBytes) {
      const what = `${content.path}: ${size} bytes do not fit on the disk ${handle.id}, which has ${handle.sizeBytes}.`;
      throw new AdapterError('disk-unsupported', what);
    }
    await (content.kind === 'take' ? move(content.path, path) : copyFile(content.path, path));
  }
  await truncate(path, sizeBytes);
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    await copyFile(from, to);
    await rm(from);
  }
}
