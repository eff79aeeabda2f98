// Tells what somebody wants to boot, by its first bytes.
import { open, stat } from 'node:fs/promises';
import { foreignFormat } from '../disk-image/foreign-format.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';

export interface BootImage {
  readonly kind: 'disk' | 'efi-program';
  /** Of a disk: in whole sectors of 512 bytes. */
  readonly sizeBytes: number;
}

const sectorBytes = 512;

/** @throws RunnerError `usage` for what no firmware would start */
export async function readBootImage(path: string): Promise<BootImage> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isFile() !== true) {
    throw new RunnerError('usage', `vmb boot: there is no file ${quoted(path)}; name a disk image or an EFI program.`);
  }
  const { size } = facts;
  const file = await open(path, 'r');
  try {
    const start = Buffer.alloc(sectorBytes);
    await file.read(start, 0, sectorBytes, 0);
    const foreign = await foreignFormat(path);
    const refuse = foreign === undefined ? refusalOf(start, size) : `is ${foreign}`;
    if (refuse !== undefined) throw new RunnerError('usage', `vmb boot: ${quoted(path)} ${refuse}.`);
    // Specification of both formats: an EFI program is a PE file, which begins with a DOS header, "MZ".
    const kind = start.toString('latin1', 0, 2) === 'MZ' ? 'efi-program' : 'disk';
    return { kind, sizeBytes: Math.ceil(size / sectorBytes) * sectorBytes };
  } finally {
    await file.close();
  }
}

/** Beginnings of files that are neither a raw disk nor a program; the EFI specification knows nothing of them. */
const otherFormats: readonly (readonly [beginning: string, name: string])[] = [
  ['\x1f\x8b', 'compressed with gzip; decompress it'],
  ['\xfd7zXZ', 'compressed with xz; decompress it'],
  ['(\xb5/\xfd', 'compressed with zstd; decompress it'],
  ['\x7fELF', 'an ELF program, not an EFI program'],
];

function refusalOf(start: Buffer, sizeBytes: number): string | undefined {
  const text = start.toString('latin1');
  const other = otherFormats.find(([beginning]) => text.startsWith(beginning));
  if (other !== undefined) return `is ${other[1]}`;
  if (sizeBytes < sectorBytes) return 'is too short for a disk image or an EFI program';
  return undefined;
}
