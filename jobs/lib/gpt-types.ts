// Types of partitions by name: GUIDs for gpt (UAPI's Discoverable Partitions Specification, UEFI 2.10 table 5.7), bytes for msdos.
import type { DiskLabel } from './disk.ts';
import { isUuid } from './ids.ts';
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { quoted } from './quoted.ts';

export interface PartitionType {
  readonly alias: string;
  readonly gpt: string | undefined;
  /** Two hex digits. */
  readonly msdos: string | undefined;
}

const type = (alias: string, gpt: string | undefined, msdos?: string): PartitionType => ({ alias, gpt, msdos });

export const partitionTypes: readonly PartitionType[] = [
  type('linux', '0FC63DAF-8483-4772-8E79-3D69D8477DE4', '83'),
  type('esp', 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 'ef'),
  type('bios-boot', '21686148-6449-6E6F-744E-656564454649'),
  type('swap', '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F', '82'),
  type('home', '933AC7E1-2EB4-4F13-B844-0E14E2AEF915'),
  type('srv', '3B8F8425-20E0-4F3B-907F-1A25A76F98E8'),
  type('var', '4D21B016-B534-45C2-A9FB-5C16E091FD2D'),
  type('tmp', '7EC6F557-3BC5-4ACA-B293-16EF5DF639D1'),
  type('xbootldr', 'BC13C2FF-59E6-4262-A352-B275FD6F7172', 'ea'),
  type('root-x86-64', '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'),
  type('root-x86', '44479540-F297-41B2-9AF7-D131D5F0458A'),
  type('root-arm64', 'B921B045-1DF0-41C3-AF44-4C6F280D3FAE'),
  type('usr-x86-64', '8484680C-9521-48C6-9C11-B0720656F69E'),
  type('usr-x86', '75250D76-8CC6-458E-BD66-BD47CC81A812'),
  type('usr-arm64', 'B0E01050-EE5F-4390-949A-9101B17104E9'),
  type('lvm', 'E6D6D379-F507-44C2-A23C-238F2A3DF928', '8e'),
  type('raid', 'A19D880F-05FC-4D3B-A006-743F0F84911E', 'fd'),
  type('luks', 'CA7D7CCB-63ED-4C53-861C-1742536059CC', 'e8'),
  type('microsoft-data', 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7', '07'),
  type('microsoft-reserved', 'E3C9E316-0B5C-4DB8-817D-F92DF00215AE'),
  type('fat32', undefined, '0c'),
  type('fat16', undefined, '0e'),
  type('freebsd-ufs', '516E7CB6-6ECF-11D6-8FF8-00022D09712B'),
];

/** What an extended partition is: msdos type 0f, whose place is counted in sectors rather than cylinders. */
export const extendedType = '0f';

/** The GUID, in capitals, or the two hex digits that a build file means. @throws JobMistake */
export function partitionType(text: string, label: DiskLabel['type'], at: OptionPath): string {
  const known = partitionTypes.find(({ alias }) => alias === text.toLowerCase());
  const value = known?.[label];
  if (value !== undefined) return value;
  if (known === undefined && label === 'gpt' && isUuid(text)) return text.toUpperCase();
  if (known === undefined && label === 'msdos' && /^(0x)?[0-9a-f]{1,2}$/i.test(text)) return msdosByte(text, at);
  const names = partitionTypes.filter((candidate) => candidate[label] !== undefined).map(({ alias }) => alias);
  throw new JobMistake(
    at,
    `${quoted(text)} is no type of partition on ${label === 'gpt' ? 'a gpt' : 'an msdos'} disk`,
    `use ${label === 'gpt' ? 'a GUID' : 'two hexadecimal digits'} or one of: ${names.join(', ')}`,
  );
}

function msdosByte(text: string, at: OptionPath): string {
  const byte = text.toLowerCase().replace(/^0x/, '').padStart(2, '0');
  if (!['00', '05', '0f', '85'].includes(byte)) return byte;
  throw new JobMistake(
    at,
    byte === '00'
      ? `${quoted(text)} is no type of partition, because it marks an empty entry of the table`
      : `${quoted(text)} is the type of an extended partition, which has a kind of its own`,
    byte === '00' ? 'use another' : 'write kind = "extended" and leave the type out',
  );
}
