// How far bytes can be written on a volume before they meet something that must stay: a partition, its table, the end.
import type { Disk, Volume } from './disk.ts';
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { gptFirstSector, gptLastSector } from './partition-table.ts';
import { volumeName } from './place.ts';
import { sectorBytes, sizeText } from './size.ts';

export interface Range {
  /** For people: "the partition table", "main:1". */
  readonly name: string;
  readonly startBytes: number;
  readonly endBytes: number;
}

/** The boot code of an MBR ends where the disk's id and the table of partitions begin (also the protective one of gpt). */
const bootCodeBytes = 440;

/** What must stay on a whole disk. Within a partition there is nothing of that kind. */
export function guardedRanges({ disk, number }: Volume): Range[] {
  if (number !== 0) return [];
  const partitions = disk.partitions.map((partition) => ({
    name: `${disk.name}:${partition.number}`,
    startBytes: partition.startBytes,
    endBytes: partition.startBytes + partition.sizeBytes,
  }));
  return [...tables(disk), ...partitions].sort((one, other) => one.startBytes - other.startBytes);
}

function tables({ label, sizeBytes }: Disk): Range[] {
  const table = { name: 'the partition table', startBytes: bootCodeBytes };
  switch (label?.type) {
    case undefined:
      return [];
    case 'msdos':
      return [{ ...table, endBytes: sectorBytes }];
    case 'gpt': {
      const copyBytes = (gptLastSector(sizeBytes) + 1) * sectorBytes;
      return [
        { ...table, endBytes: gptFirstSector * sectorBytes },
        { name: 'the copy of the partition table', startBytes: copyBytes, endBytes: sizeBytes },
      ];
    }
  }
}

/** The first range that bytes from `offsetBytes` on meet, or the end of the volume, which has no length. */
export function nextGuarded(ranges: readonly Range[], volume: Volume, offsetBytes: number): Range {
  const end = { name: `the end of ${volumeName(volume)}`, startBytes: volume.sizeBytes, endBytes: volume.sizeBytes };
  return ranges.find(({ endBytes }) => endBytes > offsetBytes) ?? end;
}

/** What is said when the first byte already lies where nothing may be written. */
export function lyingIn({ name, startBytes, endBytes }: Range, offsetBytes: number): JobMistake {
  const at = ['offset'];
  if (startBytes === endBytes) {
    return new JobMistake(
      at,
      `${sizeText(offsetBytes)} lies behind ${name}, because that is at ${sizeText(endBytes)}`,
      'choose a smaller one',
    );
  }
  return new JobMistake(
    at,
    `${sizeText(offsetBytes)} lies in ${name}, because that reaches from ${sizeText(startBytes)} to ${sizeText(endBytes)}`,
    'choose another place, or add over-partitions = true',
  );
}

/** What is said when there is less room than bytes. */
export function runningInto(limit: Range, offsetBytes: number, lengthBytes: number, at: OptionPath): JobMistake {
  const { name, startBytes, endBytes } = limit;
  const because = `because that ${startBytes === endBytes ? 'is' : 'begins'} at ${sizeText(startBytes)}`;
  return new JobMistake(
    at,
    `${sizeText(lengthBytes)} from ${sizeText(offsetBytes)} on would run over ${name}, ${because}`,
    roomRemedy(limit, offsetBytes),
  );
}

export function roomRemedy({ startBytes, endBytes }: Range, offsetBytes: number): string {
  const shorter = `write length = ${startBytes - offsetBytes} for as much as there is room for`;
  return startBytes === endBytes ? shorter : `${shorter}, or add over-partitions = true`;
}
