// Where the disks of one QEMU user lie: raw sparse files, and qcow2 overlays over files that must not change.
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskContent, DiskHandle } from './adapter.ts';
import { explained } from './host-files.ts';
import type { QemuImg } from './qemu-img.ts';
import { makeBlank, moveFile, requireFit, wholeSectors } from './raw-files.ts';

export interface DiskFile {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
}

export interface DiskFiles {
  /** @throws AdapterError */
  place(handle: DiskHandle, content: DiskContent): Promise<void>;
  /** @throws AdapterError */
  collect(handle: DiskHandle): Promise<string>;
  remove(handle: DiskHandle): Promise<void>;
  /** Where a placed disk lies. */
  find(handle: DiskHandle): DiskFile;
}

export function makeDiskFiles(workFolder: string, qemuImg: QemuImg): DiskFiles {
  const placed = new Map<string, DiskFile>();
  const pathOf = (handle: DiskHandle, ending: string) => join(workFolder, `disk-${handle.id}.${ending}`);
  const find = (handle: DiskHandle) => {
    const file = placed.get(handle.id);
    if (file === undefined) throw new Error(`Internal error: the disk ${handle.id} was used before it was placed`);
    return file;
  };
  return {
    find,
    async place(handle, content) {
      if (placed.has(handle.id)) throw new Error(`Internal error: the disk ${handle.id} was placed twice`);
      const format = content.kind === 'copy-of' ? 'qcow2' : 'raw';
      const path = pathOf(handle, format);
      try {
        await explained(path, () => make(handle, content, path, qemuImg));
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
      placed.set(handle.id, { path, format });
    },
    async collect(handle) {
      const { path, format } = find(handle);
      if (format === 'raw') return path;
      const collected = pathOf(handle, 'collected.raw');
      await rm(collected, { force: true });
      await qemuImg.convert(path, 'qcow2', collected, 'raw');
      return collected;
    },
    async remove(handle) {
      placed.delete(handle.id);
      const endings = ['raw', 'qcow2', 'collected.raw'];
      await Promise.all(endings.map((ending) => rm(pathOf(handle, ending), { force: true })));
    },
  };
}

async function make(handle: DiskHandle, content: DiskContent, path: string, qemuImg: QemuImg): Promise<void> {
  const sizeBytes = wholeSectors(handle.sizeBytes);
  if (content.kind === 'blank') return makeBlank(path, sizeBytes);
  await requireFit(handle, content.path);
  if (content.kind === 'copy-of') return qemuImg.makeOverlay(content.path, path, sizeBytes);
  await moveFile(content.path, path);
  await truncate(path, sizeBytes);
}
