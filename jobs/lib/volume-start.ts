// Where a volume begins on its disk, which FAT and NTFS note in their boot sector.
import type { Volume } from './disk.ts';

/** In bytes; 0 for a whole disk. */
export function startBytes({ disk, number }: Volume): number {
  return disk.partitions.find((partition) => partition.number === number)?.startBytes ?? 0;
}
