// Formats in which a disk can be handed out, by the names that users have for them, and what a file name says of them.
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { quoted } from './quoted.ts';
import { gibibyte, sizeText } from './size.ts';

export const imageFormats = ['raw', 'raw.gz', 'raw.xz', 'raw.zst', 'qcow2', 'vhdx', 'vhd', 'vmdk', 'vdi'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** Microsoft's "Virtual Hard Disk Image Format" 1.0 and Hyper-V: 2040 GiB. */
const largestVhdBytes = 2040 * gibibyte;

/** @throws JobMistake for a name that promises another format, and for a disk that is too large for one */
export function checkImage(format: ImageFormat, name: string, sizeBytes: number, at: OptionPath): void {
  const promised = imageFormats.find((one) => one !== 'raw' && name.toLowerCase().endsWith(`.${lastPart(one)}`));
  if (promised !== undefined && promised !== format) {
    throw new JobMistake(
      at,
      `${quoted(name)} is the name of a disk in the format ${promised}, but it gets the format ${format}`,
      `add format = "${promised}", or give it another name`,
    );
  }
  if (format === 'vhd' && sizeBytes > largestVhdBytes) {
    throw new JobMistake(
      ['format'],
      `${sizeText(sizeBytes)} are too much for a vhd, which holds ${sizeText(largestVhdBytes)}`,
      'write "vhdx"',
    );
  }
}

/** "gz" for "raw.gz". */
function lastPart(format: ImageFormat): string {
  return format.slice(format.lastIndexOf('.') + 1);
}

/** How a raw disk is compressed; undefined for the other formats. By the guest's programs, because those of hosts differ. */
export function imageCompression(format: ImageFormat): 'gz' | 'xz' | 'zst' | undefined {
  switch (format) {
    case 'raw.gz':
      return 'gz';
    case 'raw.xz':
      return 'xz';
    case 'raw.zst':
      return 'zst';
    default:
      return undefined;
  }
}
