// Fixes the random content id of a VMDK, which stands as text in its descriptor (VMware, "Virtual Disk Format" 5.0).
import { editFile, requireMark } from './edit-file.ts';
import type { ImageIds } from './image-ids.ts';

const sectorBytes = 512;
const descriptorSectorAt = 28;
const descriptorSectorsAt = 36;

export async function fixVmdk(path: string, ids: ImageIds): Promise<void> {
  await editFile(path, async (file) => {
    const header = await file.read(0, sectorBytes);
    requireMark(header, 'KDMV', 'VMDK');
    const at = Number(header.readBigUInt64LE(descriptorSectorAt)) * sectorBytes;
    const descriptor = await file.read(at, Number(header.readBigUInt64LE(descriptorSectorsAt)) * sectorBytes);
    const [text = ''] = descriptor.toString('latin1').split('\0');
    // All ones would mean that there is no parent. qemu-img writes no leading zeros, so that its text may be shorter.
    const id = ids('content').toString('hex', 0, 4).replace('ffffffff', 'fffffffe');
    const fixed = text.replace(/^CID=[0-9a-f]{1,8}$/m, `CID=${id}`);
    if (!fixed.includes(id) || fixed.length > descriptor.length) {
      throw new Error('Internal error: qemu-img wrote no CID where one should be');
    }
    descriptor.fill(0);
    descriptor.write(fixed, 'latin1');
    await file.put(at, descriptor);
  });
}
