// Where the disks of one QEMU user lie, here or on another machine: raw sparse files, and qcow2 overlays over files that must not change.
import type { DiskContent, DiskHandle } from './adapter.ts';
import { explained } from './host-files.ts';
import { makeQemuImg } from './qemu-img.ts';
import { requireFit, wholeSectors } from './raw-files.ts';
import type { VmmHost } from './vmm-host.ts';

export interface DiskFile {
  /** On the machine that the VMM runs on. */
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

type DiskHost = Omit<VmmHost, 'openControl' | 'startRecorded' | 'controlPath'>;

export function makeDiskFiles(host: DiskHost): DiskFiles {
  const placed = new Map<string, DiskFile>();
  const sizes = new Map<string, number>();
  const qemuImg = makeQemuImg(host.commands, host.name);
  const pathOf = (handle: DiskHandle, ending: string) => `${host.workFolder}/disk-${handle.id}.${ending}`;
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
        await explained(path, () => make(handle, content, path, host));
      } catch (error) {
        await host.forget(path).catch(() => undefined);
        throw error;
      }
      placed.set(handle.id, { path, format });
      sizes.set(handle.id, wholeSectors(handle.sizeBytes));
    },
    async collect(handle) {
      const { path, format } = find(handle);
      const sizeBytes = sizes.get(handle.id) ?? 0;
      if (format === 'raw') return host.bring(path, nameOf(handle), sizeBytes);
      const collected = pathOf(handle, 'collected.raw');
      await host.forget(collected);
      await qemuImg.convert(path, 'qcow2', collected, 'raw');
      return host.bring(collected, nameOf(handle), sizeBytes);
    },
    async remove(handle) {
      placed.delete(handle.id);
      const endings = ['raw', 'qcow2', 'collected.raw'];
      await Promise.all(endings.map((ending) => host.forget(pathOf(handle, ending))));
    },
  };
}

async function make(handle: DiskHandle, content: DiskContent, path: string, host: DiskHost): Promise<void> {
  const sizeBytes = wholeSectors(handle.sizeBytes);
  if (content.kind === 'blank') return host.makeFile(path, sizeBytes);
  await requireFit(handle, content.path);
  if (content.kind === 'copy-of') {
    return makeQemuImg(host.commands, host.name).makeOverlay(await host.share(content.path), path, sizeBytes);
  }
  await host.take(content.path, path, nameOf(handle));
  await host.resize(path, sizeBytes);
}

function nameOf({ id }: DiskHandle): string {
  return `the disk ${id}`;
}
