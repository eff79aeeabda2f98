// Where the next partition of a disk lies: exact bytes, known before any boot.
import type { Disk, Partition } from './disk.ts';
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { quoted } from './quoted.ts';
import { mebibyte, sectorBytes, sizeText } from './size.ts';

export interface WantedPartition {
  readonly kind: Partition['kind'];
  readonly sizeBytes: number | 'rest';
  /** Undefined: behind the last one, at the next whole MiB. */
  readonly startBytes: number | undefined;
}

export interface PlacedPartition {
  readonly number: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** Header and 128 entries of 128 bytes lie at both ends of a gpt disk (UEFI 2.10, 5.3), the first behind the protective MBR. */
const gptTableSectors = 33;
export const gptFirstSector = 1 + gptTableSectors;
const gptEntries = 128;
/** msdos counts sectors in 32 bits. */
const msdosEndBytes = 2 ** 32 * sectorBytes;
const primaries = 4;

/** Last sector of a gpt disk that a partition may have. */
export function gptLastSector(diskBytes: number): number {
  return diskBytes / sectorBytes - gptTableSectors - 1;
}

/** What the copy of the table takes at the end of a gpt disk. */
export const gptCopyBytes = gptTableSectors * sectorBytes;

/** Where the last partition of a disk of this size ends at the latest. */
export function usableEnd(label: Disk['label'], diskBytes: number): number {
  return label?.type === 'gpt' ? (gptLastSector(diskBytes) + 1) * sectorBytes : Math.min(diskBytes, msdosEndBytes);
}

const startAt: OptionPath = ['start'];
const sizeAt: OptionPath = ['size'];
const kindAt: OptionPath = ['kind'];

/** @throws JobMistake */
export function placePartition(disk: Disk, wanted: WantedPartition): PlacedPartition {
  const number = nextNumber(disk, wanted.kind);
  const space = wanted.kind === 'logical' ? insideExtended(disk) : outside(disk);
  const neighbours = disk.partitions.filter(({ kind }) => (kind === 'logical') === (wanted.kind === 'logical'));
  const startBytes = wanted.startBytes ?? nextStart(neighbours, space, wanted.kind);
  if (wanted.kind === 'logical') checkLogicalStart(startBytes, neighbours, space);
  const endBytes = endOfRoom(disk, neighbours, space, startBytes);
  const sizeBytes = wanted.sizeBytes === 'rest' ? wholeMebibytes(startBytes, endBytes) : wanted.sizeBytes;
  if (sizeBytes <= 0) throw noRoom(disk, startBytes, endBytes, space);
  if (startBytes + sizeBytes > endBytes) throw tooLarge(disk, startBytes, sizeBytes, endBytes, space);
  return { number, startBytes, sizeBytes };
}

interface Space {
  readonly startBytes: number;
  readonly endBytes: number;
  /** For people: "the disk", "the extended partition 4". */
  readonly name: string;
}

function outside(disk: Disk): Space {
  const gpt = disk.label?.type === 'gpt';
  return {
    startBytes: (gpt ? gptFirstSector : 1) * sectorBytes,
    endBytes: usableEnd(disk.label, disk.sizeBytes),
    name: 'the disk',
  };
}

/** Logical partitions follow one another, each behind a MiB that begins with the sector which describes it. */
function insideExtended(disk: Disk): Space {
  const extended = disk.partitions.find(({ kind }) => kind === 'extended');
  if (extended === undefined) {
    throw new JobMistake(
      kindAt,
      `a logical partition lies in an extended one, but the disk ${quoted(disk.name)} has none`,
      'put a partition with kind = "extended" before it',
    );
  }
  const { startBytes, sizeBytes, number } = extended;
  return { startBytes, endBytes: startBytes + sizeBytes, name: `the extended partition ${number}` };
}

/** They are a chain, which numbers them: the next one lies behind all others, and behind the sector that describes it. */
function checkLogicalStart(startBytes: number, neighbours: readonly Partition[], space: Space): void {
  const firstBytes = Math.max(space.startBytes, ...neighbours.map(endOf)) + logicalGapBytes;
  if (startBytes >= firstBytes) return;
  throw new JobMistake(
    startAt,
    `a logical partition cannot start at ${sizeText(startBytes)}, because they follow one another, each behind a MiB that holds its entry of the table`,
    `write ${quoted(sizeText(firstBytes))} or more, or leave the start out`,
  );
}

/** How far before a logical partition sfdisk puts the sector that describes it. */
const logicalGapBytes = mebibyte;

function endOf({ startBytes, sizeBytes }: Partition): number {
  return startBytes + sizeBytes;
}

function nextNumber(disk: Disk, kind: Partition['kind']): number {
  const numbers = disk.partitions.map(({ number }) => number);
  if (disk.label?.type === 'gpt') {
    if (kind !== 'primary') {
      throw new JobMistake(
        kindAt,
        `a gpt disk has no ${kind} partitions, because all of its ${gptEntries} are alike`,
        'leave the kind out',
      );
    }
    if (numbers.length < gptEntries) return numbers.length + 1;
    throw new JobMistake(
      [],
      `the disk ${quoted(disk.name)} is full, because gpt has ${gptEntries} entries`,
      'remove this',
    );
  }
  if (kind === 'logical') return Math.max(primaries, ...numbers) + 1;
  if (kind === 'extended' && disk.partitions.some((partition) => partition.kind === 'extended')) {
    throw new JobMistake(kindAt, `the disk ${quoted(disk.name)} has an extended partition already`, 'use that one');
  }
  const number = [1, 2, 3, 4].find((candidate) => !numbers.includes(candidate));
  if (number !== undefined) return number;
  throw new JobMistake(
    kindAt,
    `the disk ${quoted(disk.name)} is full, because an msdos table has ${primaries} entries`,
    'make the fourth an extended one, and this a logical one in it',
  );
}

function nextStart(neighbours: readonly Partition[], space: Space, kind: Partition['kind']): number {
  const behind = Math.ceil(Math.max(space.startBytes, ...neighbours.map(endOf)) / mebibyte) * mebibyte;
  return kind === 'logical' ? behind + logicalGapBytes : behind;
}

/** Where the room that begins at `startBytes` ends: at the next partition, or with the space. */
function endOfRoom(disk: Disk, neighbours: readonly Partition[], space: Space, startBytes: number): number {
  const taken = neighbours.find((one) => one.startBytes <= startBytes && startBytes < one.startBytes + one.sizeBytes);
  if (taken !== undefined) {
    throw new JobMistake(
      startAt,
      `${sizeText(startBytes)} lies in partition ${taken.number} of the disk ${quoted(disk.name)}, ` +
        `because that one reaches from ${sizeText(taken.startBytes)} to ${sizeText(taken.startBytes + taken.sizeBytes)}`,
      'choose a free place, or leave the start out',
    );
  }
  if (startBytes < space.startBytes) {
    throw new JobMistake(
      startAt,
      `a partition cannot start at ${sizeText(startBytes)}, because the table of partitions lies there`,
      'write "1MiB" or more, or leave the start out',
    );
  }
  const next = neighbours.map((one) => one.startBytes).filter((start) => start > startBytes);
  return Math.min(space.endBytes, ...next);
}

function wholeMebibytes(startBytes: number, endBytes: number): number {
  return Math.floor(endBytes / mebibyte) * mebibyte - startBytes;
}

function noRoom(disk: Disk, startBytes: number, endBytes: number, space: Space): JobMistake {
  const end = Math.floor(space.endBytes / mebibyte) * mebibyte;
  const last = disk.partitions.find((one) => one.kind !== 'extended' && endOf(one) === end && end <= startBytes);
  const what = `no room is left on the disk ${quoted(disk.name)}`;
  if (endBytes < space.endBytes) {
    return new JobMistake(
      sizeAt,
      `${what} at ${sizeText(startBytes)}, because another partition begins at ${sizeText(endBytes)}`,
      'choose another start, or leave it out',
    );
  }
  if (last === undefined) {
    return new JobMistake(
      sizeAt,
      `${what}, because this partition would start at ${sizeText(startBytes)} and ${space.name} ends at ${roughly(space.endBytes)}`,
      `make ${space.name} larger, or an earlier partition smaller`,
    );
  }
  return new JobMistake(
    sizeAt,
    `${what}, because partition ${last.number} takes all of ${space.name} up to its end`,
    `make ${space.name} larger, or that one smaller; size = "rest" is for the last one`,
  );
}

function tooLarge(disk: Disk, startBytes: number, sizeBytes: number, endBytes: number, space: Space): JobMistake {
  const left = wholeMebibytes(startBytes, endBytes);
  if (left <= 0) return noRoom(disk, startBytes, endBytes, space);
  return new JobMistake(
    sizeAt,
    `a partition of ${sizeText(sizeBytes)} does not fit on the disk ${quoted(disk.name)} from ${sizeText(startBytes)} on, ` +
      `because ${sizeText(left)} are left there`,
    `write size = "rest" to take them, or make ${space.name} larger`,
  );
}

/** Cut off, not rounded: the end of a gpt disk is never as far as it seems. */
function roughly(bytes: number): string {
  return `${Math.floor((bytes / mebibyte) * 100) / 100}MiB`;
}
