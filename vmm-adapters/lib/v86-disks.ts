// Where the disks of one v86 user lie: raw sparse files, some of them over a file that must not change. Needs no program.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskContent, DiskHandle } from './adapter.ts';
import { type BlockDiskFiles, makeWrittenMap, openBlockDisk } from './block-disk.ts';
import { explained } from './host-files.ts';
import { makeBlank, moveFile, requireFit, wholeSectors, writeHoled } from './raw-files.ts';

export interface V86Disks {
  /** @throws AdapterError */
  place(handle: DiskHandle, content: DiskContent): Promise<void>;
  /** @throws AdapterError */
  collect(handle: DiskHandle): Promise<string>;
  remove(handle: DiskHandle): Promise<void>;
  /** Where a placed disk lies. */
  find(handle: DiskHandle): BlockDiskFiles;
  /** Once a machine has ended: from then on the files alone tell what the disk holds. */
  save(handle: DiskHandle): void;
}

export function makeV86Disks(workFolder: string): V86Disks {
  const placed = new Map<string, BlockDiskFiles>();
  const pathOf = (handle: DiskHandle, ending: string) => join(workFolder, `disk-${handle.id}.${ending}`);
  const find = (handle: DiskHandle) => {
    const files = placed.get(handle.id);
    if (files === undefined) throw new Error(`Internal error: the disk ${handle.id} was used before it was placed`);
    return files;
  };
  return {
    find,
    save: (handle) => saveDisk(find(handle)),
    async place(handle, content) {
      if (placed.has(handle.id)) throw new Error(`Internal error: the disk ${handle.id} was placed twice`);
      const path = pathOf(handle, content.kind === 'copy-of' ? 'overlay' : 'raw');
      try {
        placed.set(handle.id, await explained(path, () => make(handle, content, path)));
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },
    async collect(handle) {
      const files = find(handle);
      if (files.basePath === undefined) return files.path;
      const collected = pathOf(handle, 'collected.raw');
      await explained(collected, () => writeWhole(files, collected));
      return collected;
    },
    async remove(handle) {
      placed.delete(handle.id);
      const endings = ['raw', 'overlay', 'overlay.map', 'collected.raw'];
      await Promise.all(endings.map((ending) => rm(pathOf(handle, ending), { force: true })));
    },
  };
}

async function make(handle: DiskHandle, content: DiskContent, path: string): Promise<BlockDiskFiles> {
  const sizeBytes = wholeSectors(handle.sizeBytes);
  const blank = { path, sizeBytes, basePath: undefined, written: makeWrittenMap(sizeBytes) };
  if (content.kind === 'blank') {
    await makeBlank(path, sizeBytes);
    return blank;
  }
  await requireFit(handle, content.path);
  if (content.kind === 'copy-of') {
    await makeBlank(path, sizeBytes);
    const overlay = { ...blank, basePath: content.path };
    saveDisk(overlay);
    return overlay;
  }
  await moveFile(content.path, path);
  await truncate(path, sizeBytes);
  return { ...blank, written: undefined };
}

const mapEnding = '.map';

/** Writes beside an overlay what it lies over, and which blocks it has. */
export function saveDisk({ path, basePath, written }: BlockDiskFiles): void {
  if (basePath === undefined || written === undefined) return;
  const blocks = Buffer.from(written).toString('base64');
  writeFileSync(`${path}${mapEnding}`, `${JSON.stringify({ basePath, written: blocks })}\n`);
}

/** A disk that a vmb left behind, by its file alone. */
export function findDisk(path: string): BlockDiskFiles {
  const plain = { path, sizeBytes: statSync(path).size, basePath: undefined, written: undefined };
  if (!existsSync(`${path}${mapEnding}`)) return plain;
  const map: unknown = JSON.parse(readFileSync(`${path}${mapEnding}`, 'utf8'));
  if (typeof map !== 'object' || map === null || !('basePath' in map) || !('written' in map)) return plain;
  const blocks = Buffer.from(String(map.written), 'base64');
  const written = new SharedArrayBuffer(blocks.length);
  new Uint8Array(written).set(blocks);
  return { ...plain, basePath: String(map.basePath), written };
}

async function writeWhole(files: BlockDiskFiles, to: string): Promise<void> {
  const disk = openBlockDisk(files);
  try {
    await writeHoled(to, files.sizeBytes, async (buffer, position) => disk.read(position, buffer.length));
  } finally {
    disk.close();
  }
}
