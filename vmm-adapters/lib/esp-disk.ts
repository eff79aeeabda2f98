// Makes the disk that a UEFI machine starts one EFI program from: a FAT volume without partitions, which firmware takes as it is.

import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { writeFully } from '../../base/write-fully.ts';
import { AdapterError } from './adapter-error.ts';
import { layOutFat } from './fat-volume.ts';

/** Writes a raw disk to `diskPath`, which must not exist; sparse, the same bytes for the same program. @throws AdapterError */
export async function makeEspDisk(efiPath: string, diskPath: string): Promise<void> {
  const { size } = await stat(efiPath);
  const layout = layOutFat(['EFI', 'BOOT', 'BOOTX64.EFI'], size);
  if (layout === undefined) {
    throw new AdapterError(
      'disk-unsupported',
      `${efiPath}: ${size} bytes are too many for an EFI program; 2 GiB is the most.`,
    );
  }
  const file = await open(diskPath, 'wx');
  try {
    await writeFully(file, layout.start, 0);
    let offset = layout.contentOffsetBytes;
    for await (const chunk of createReadStream(efiPath)) {
      await writeFully(file, chunk, offset);
      offset += chunk.length;
    }
    await file.truncate(layout.sizeBytes);
  } finally {
    await file.close();
  }
}
