// Fixes the time and the random id in the footer of a dynamic VHD and in its copy (Microsoft, "Virtual Hard Disk Image Format" 1.0).
import { editFile, requireMark } from './edit-file.ts';
import type { ImageIds } from './image-ids.ts';

const footerBytes = 512;
const timeAt = 24;
const checksumAt = 64;
const idAt = 68;

export async function fixVhd(path: string, ids: ImageIds): Promise<void> {
  await editFile(path, async (file) => {
    for (const at of [0, file.sizeBytes - footerBytes]) {
      const footer = await file.read(at, footerBytes);
      requireMark(footer, 'conectix', 'VHD');
      // Seconds since 2000-01-01; whatever is later than the build's clock would tell when it ran.
      footer.writeUInt32BE(0, timeAt);
      ids('disk').copy(footer, idAt);
      footer.writeUInt32BE(0, checksumAt);
      footer.writeUInt32BE(~footer.reduce((sum, byte) => sum + byte, 0) >>> 0, checksumAt);
      await file.put(at, footer);
    }
  });
}
