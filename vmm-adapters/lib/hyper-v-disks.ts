// The disks of Hyper-V machines: VHDX for generation 2, fixed VHD for generation 1, made from raw files and back by qemu-img.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskContent, DiskHandle } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import { explained } from './host-files.ts';
import type { HyperVHost } from './hyper-v-host.ts';
import type { Generation } from './hyper-v-script.ts';
import type { QemuImg } from './qemu-img.ts';
import { requireFit, wholeSectors } from './raw-files.ts';

export interface HyperVDisks {
  /** @throws AdapterError */
  place(handle: DiskHandle, content: DiskContent): Promise<void>;
  /** @throws AdapterError */
  collect(handle: DiskHandle): Promise<string>;
  remove(handle: DiskHandle): Promise<void>;
  /** Where Hyper-V finds a placed disk. */
  find(handle: DiskHandle): string;
}

interface Format {
  readonly name: 'vpc' | 'vhdx';
  /** Hyper-V goes by it. */
  readonly ending: string;
  readonly mostBytes: number;
  readonly mostText: string;
}

const tebibyte = 1024 ** 4;

const formats: Readonly<Record<Generation, Format>> = {
  1: { name: 'vpc', ending: 'vhd', mostBytes: 2040 * 1024 ** 3, mostText: '2040 GiB' },
  2: { name: 'vhdx', ending: 'vhdx', mostBytes: 64 * tebibyte, mostText: '64 TiB' },
};

export function makeHyperVDisks(
  workFolder: string,
  generation: Generation,
  host: HyperVHost,
  qemuImg: QemuImg,
): HyperVDisks {
  const format = formats[generation];
  const placed = new Set<string>();
  const fileOf = (handle: DiskHandle) => `disk-${handle.id}.${format.ending}`;
  const pathOf = (handle: DiskHandle) => join(workFolder, fileOf(handle));
  const collectedOf = (handle: DiskHandle) => join(workFolder, `disk-${handle.id}.collected.raw`);
  const requirePlaced = (handle: DiskHandle) => {
    if (!placed.has(handle.id)) throw new Error(`Internal error: the disk ${handle.id} was used before it was placed`);
  };
  const remove = async (handle: DiskHandle) => {
    placed.delete(handle.id);
    await host.forget(fileOf(handle));
    await Promise.all([pathOf(handle), collectedOf(handle)].map((path) => rm(path, { force: true })));
  };
  return {
    find(handle) {
      requirePlaced(handle);
      return host.pathOf(fileOf(handle));
    },
    async place(handle, content) {
      if (placed.has(handle.id)) throw new Error(`Internal error: the disk ${handle.id} was placed twice`);
      try {
        await explained(pathOf(handle), () => make(handle, content, pathOf(handle), format, host, qemuImg));
        await host.give(fileOf(handle));
      } catch (error) {
        await remove(handle);
        throw error;
      }
      placed.add(handle.id);
    },
    async collect(handle) {
      requirePlaced(handle);
      const collected = collectedOf(handle);
      await rm(collected, { force: true });
      await host.takeBack(fileOf(handle), mostFileBytes(handle));
      await requireSize(handle, pathOf(handle), format, qemuImg);
      await explained(collected, () => qemuImg.convert(pathOf(handle), format.name, collected, 'raw'));
      return collected;
    },
    remove,
  };
}

async function make(
  handle: DiskHandle,
  content: DiskContent,
  path: string,
  format: Format,
  host: HyperVHost,
  qemuImg: QemuImg,
): Promise<void> {
  const sizeBytes = wholeSectors(handle.sizeBytes);
  if (sizeBytes > format.mostBytes) throw new AdapterError('disk-unsupported', tooLarge(handle, format));
  if (content.kind !== 'blank') await requireFit(handle, content.path);
  await rm(path, { force: true });
  await qemuImg.makeEmpty(path, format.name, sizeBytes);
  await host.fileMade(path);
  if (content.kind !== 'blank') await qemuImg.fill(content.path, path, format.name);
  await requireSize(handle, path, format, qemuImg);
  if (content.kind === 'take') await rm(content.path);
}

/** Tables, a log, and blocks of up to 32 MiB of which only a part is used. */
function mostFileBytes({ sizeBytes }: DiskHandle): number {
  return sizeBytes * 1.1 + 256 * 1024 ** 2;
}

/** The agent compares sizes before it writes; here the message can say whose fault it is. */
async function requireSize(handle: DiskHandle, path: string, format: Format, qemuImg: QemuImg): Promise<void> {
  const { sizeBytes } = await qemuImg.info(path, format.name);
  if (sizeBytes === wholeSectors(handle.sizeBytes)) return;
  throw new AdapterError(
    'disk-unsupported',
    `${path}: the disk ${handle.id} should have ${wholeSectors(handle.sizeBytes)} bytes; qemu-img says that it has ${sizeBytes}. Take a newer QEMU.`,
  );
}

function tooLarge(handle: DiskHandle, { ending, mostText }: Format): string {
  const other = ending === 'vhd' ? ' Take --vmm-option generation=2.' : '';
  return `The disk ${handle.id} has ${handle.sizeBytes} bytes; a ${ending.toUpperCase()} disk has at most ${mostText}.${other}`;
}
