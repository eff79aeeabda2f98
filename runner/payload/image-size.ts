// Whether a file may be a raw disk image, by its length and its first bytes; what is in it, only a guest finds out.
import { closeSync, openSync, readSync, statSync } from 'node:fs';

const sectorBytes = 512;
/** Smaller than this is no disk with a filesystem. */
const smallestBytes = 64 * 1024;

/** What other kinds of files begin with, at which byte. */
const otherBeginnings: readonly (readonly [at: number, beginning: string])[] = [
  [0, 'MZ'],
  [0, 'QFI\xfb'],
  [0, 'vhdxfile'],
  [0, 'conectix'],
  [0, 'KDMV'],
  [0, '<<< '],
  [0, '\x1f\x8b'],
  [0, '\xfd7zXZ'],
  [0, '(\xb5/\xfd'],
  [0, 'BZh'],
  [0, '\x7fELF'],
  [0, '070701'],
  [257, 'ustar'],
];

/** Its length, if it may be one. Whole sectors, and nothing that is known to be something else. */
export function imageSizeBytes(path: string): number | undefined {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isFile() !== true || facts.size < smallestBytes || facts.size % sectorBytes !== 0) return undefined;
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(sectorBytes);
    readSync(file, start, 0, sectorBytes, 0);
    const text = start.toString('latin1');
    return otherBeginnings.some(([at, beginning]) => text.startsWith(beginning, at)) ? undefined : facts.size;
  } finally {
    closeSync(file);
  }
}
