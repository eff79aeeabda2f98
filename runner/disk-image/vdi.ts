// Fixes the two random ids of a VDI: of the image and of its last snapshot (VirtualBox, include/VBox/vd.h: VDIHEADER1PLUS).
import { editFile, requireMark } from './edit-file.ts';
import type { ImageIds } from './image-ids.ts';

const signatureAt = 0x40;
const imageIdAt = 0x188;
const snapshotIdAt = 0x198;

export async function fixVdi(path: string, ids: ImageIds): Promise<void> {
  await editFile(path, async (file) => {
    requireMark(await file.read(signatureAt, 4), '\x7f\x10\xda\xbe', 'VDI');
    await file.put(imageIdAt, littleEndianGuid(ids('image')));
    await file.put(snapshotIdAt, littleEndianGuid(ids('snapshot')));
  });
}

/** The first three parts of a GUID are numbers, which Microsoft and VirtualBox store with the low byte first. */
export function littleEndianGuid(uuid: Buffer): Buffer {
  const bytes = Buffer.from(uuid);
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
