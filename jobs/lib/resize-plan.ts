// What a disk is after it got another size, and the volume that goes with it: exact bytes, known before any boot.
import type { Disk, Filesystem, Partition, Volume } from './disk.ts';
import type { FilesystemResize } from './filesystem.ts';
import { filesystemKind } from './filesystems.ts';
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { gptCopyBytes, usableEnd } from './partition-table.ts';
import { volumeName } from './place.ts';
import { quoted } from './quoted.ts';
import { mebibyte, sizeText } from './size.ts';

export interface PlannedDiskResize {
  readonly before: Disk;
  readonly after: Disk;
  /** The volume that goes with the disk. */
  readonly volume: ResizedVolume | undefined;
}

export interface ResizedVolume {
  readonly before: Volume;
  readonly after: Volume;
  readonly startBytes: number;
  /** Undefined for a volume without a filesystem. */
  readonly content: { readonly filesystem: Filesystem; readonly resize: FilesystemResize } | undefined;
}

const sizeAt: OptionPath = ['size'];
const volumeAt: OptionPath = ['volume'];

/** `volume`: of this disk. @throws JobMistake */
export function planResize(disk: Disk, sizeBytes: number, volume: Volume | undefined): PlannedDiskResize {
  if (volume === undefined) {
    if (sizeBytes === disk.sizeBytes) throw unchanged(disk);
    if (sizeBytes < disk.sizeBytes) requireFree(disk, sizeBytes);
    return { before: disk, after: { ...cut(disk, sizeBytes), sizeBytes }, volume: undefined };
  }
  const resized = volume.number === 0 ? wholeDisk(disk, sizeBytes, volume) : lastPartition(disk, sizeBytes, volume);
  if (sizeBytes === disk.sizeBytes && resized.sizeBytes === volume.sizeBytes) throw unchanged(disk);
  return withVolume(disk, sizeBytes, volume, resized);
}

interface Place {
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly partitions: readonly Partition[];
}

function withVolume(disk: Disk, sizeBytes: number, before: Volume, place: Place): PlannedDiskResize {
  const bare: Disk = { ...cut(disk, sizeBytes), sizeBytes, partitions: place.partitions };
  const filesystem = before.filesystem;
  if (filesystem === undefined) {
    const after = { ...before, disk: bare, sizeBytes: place.sizeBytes };
    return { before: disk, after: bare, volume: { before, after, startBytes: place.startBytes, content: undefined } };
  }
  const resize = resizeOf(before, filesystem, place.sizeBytes, sizeBytes);
  const from = resize.way === 'in-place' ? [...(filesystem.resizedFrom ?? []), before.sizeBytes] : [];
  const { resizedFrom: _, ...made } = filesystem;
  const after: Filesystem = from.length === 0 ? made : { ...made, resizedFrom: from };
  const bigger = { ...bare, filesystems: new Map([...disk.filesystems, [before.number, after]]) };
  const volume = { ...before, disk: bigger, sizeBytes: place.sizeBytes, filesystem: after };
  const content = { filesystem: after, resize };
  return { before: disk, after: bigger, volume: { before, after: volume, startBytes: place.startBytes, content } };
}

function resizeOf(volume: Volume, { type }: Filesystem, sizeBytes: number, diskBytes: number): FilesystemResize {
  const { resize } = filesystemKind(type);
  const name = quoted(volumeName(volume));
  if (resize === undefined) {
    throw new JobMistake(
      volumeAt,
      `${name} cannot be resized, because vmb has no way to do that for ${type}`,
      'leave it out',
    );
  }
  if (sizeBytes < volume.sizeBytes && resize.way === 'in-place' && !resize.shrinks) {
    throw new JobMistake(
      sizeAt,
      `${name} cannot be made smaller, because ${type} only grows`,
      `write ${quoted(sizeText(volume.disk.sizeBytes))} or more, or make the filesystem in the right size`,
    );
  }
  if (resize.way === 'in-place' && resize.smallest !== undefined && sizeBytes < resize.smallest.bytes) {
    const missing = Math.ceil((resize.smallest.bytes - sizeBytes) / mebibyte) * mebibyte;
    throw new JobMistake(
      sizeAt,
      `${name} cannot be resized to ${sizeText(sizeBytes)}, because ${resize.smallest.because}`,
      `write ${quoted(sizeText(diskBytes + missing))} or more`,
    );
  }
  return resize;
}

function wholeDisk(disk: Disk, sizeBytes: number, { filesystem }: Volume): Place {
  if (filesystem !== undefined) return { startBytes: 0, sizeBytes, partitions: [] };
  throw new JobMistake(
    volumeAt,
    `the disk ${quoted(disk.name)} is no volume with a filesystem, so that nothing goes with its size`,
    disk.label === undefined ? 'leave the volume out' : 'name its last partition, or leave the volume out',
  );
}

/** The last partition takes all that is left, in whole MiB; an extended partition goes with the logical one in it. */
function lastPartition(disk: Disk, sizeBytes: number, { number }: Volume): Place {
  const partition = disk.partitions.find((one) => one.number === number);
  if (partition === undefined) throw new Error(`Internal error: the disk ${disk.name} has no partition ${number}`);
  const last = lastOf(disk.partitions.filter(({ kind }) => kind !== 'extended'));
  if (partition.kind === 'extended' || last !== partition) {
    throw new JobMistake(
      volumeAt,
      partition.kind === 'extended'
        ? `"${disk.name}:${number}" is the extended partition, which goes with the last logical one`
        : `"${disk.name}:${number}" cannot be resized, because another partition lies behind it`,
      last === undefined ? 'leave the volume out' : `write "${disk.name}:${last.number}", or leave the volume out`,
    );
  }
  const { startBytes } = partition;
  const whole = Math.floor(usableEnd(disk.label, sizeBytes) / mebibyte) * mebibyte;
  const endBytes = sizeBytes < disk.sizeBytes ? whole : Math.max(whole, endOf(partition));
  if (endBytes <= startBytes) {
    throw new JobMistake(
      sizeAt,
      `nothing would be left of "${disk.name}:${number}", because it begins at ${sizeText(startBytes)}`,
      `write ${quoted(sizeText(Math.ceil(startBytes / mebibyte) * mebibyte + 2 * mebibyte))} or more`,
    );
  }
  const partitions = disk.partitions.map((one) =>
    one === partition || (one.kind === 'extended' && partition.kind === 'logical')
      ? { ...one, sizeBytes: endBytes - one.startBytes }
      : one,
  );
  return { startBytes, sizeBytes: endBytes - startBytes, partitions };
}

/** @throws JobMistake for a size that would cut something off */
function requireFree(disk: Disk, sizeBytes: number): void {
  if (disk.filesystems.has(0)) {
    throw new JobMistake(
      sizeAt,
      `the disk ${quoted(disk.name)} cannot have ${sizeText(sizeBytes)}, because it is one filesystem of ${sizeText(disk.sizeBytes)}`,
      `add volume = ${quoted(disk.name)} to make that smaller as well`,
    );
  }
  const last = lastOf(disk.partitions);
  if (last === undefined || endOf(last) <= usableEnd(disk.label, sizeBytes)) return;
  const inner = lastOf(disk.partitions.filter(({ kind }) => kind !== 'extended')) ?? last;
  const copy = disk.label?.type === 'gpt' ? gptCopyBytes : 0;
  const least = Math.ceil((endOf(last) + copy) / mebibyte) * mebibyte;
  throw new JobMistake(
    sizeAt,
    `the disk ${quoted(disk.name)} cannot have ${sizeText(sizeBytes)}, because its partition ${last.number} ends at ${sizeText(endOf(last))}`,
    `write ${quoted(sizeText(least))} or more, or add volume = "${disk.name}:${inner.number}" to make that smaller as well`,
  );
}

/** Without what is known of bytes that are no longer there. */
function cut(disk: Disk, sizeBytes: number): Disk {
  if (disk.written === undefined) return disk;
  return { ...disk, written: disk.written.filter(({ startBytes }) => startBytes < sizeBytes) };
}

export function lastOf(partitions: readonly Partition[]): Partition | undefined {
  return [...partitions].sort((one, other) => endOf(one) - endOf(other)).at(-1);
}

export function endOf({ startBytes, sizeBytes }: Pick<Partition, 'startBytes' | 'sizeBytes'>): number {
  return startBytes + sizeBytes;
}

function unchanged(disk: Disk): JobMistake {
  const last = lastOf(disk.partitions);
  return new JobMistake(
    sizeAt,
    `nothing would change, because the disk ${quoted(disk.name)} has ${sizeText(disk.sizeBytes)} already${last === undefined ? '' : ', and its last partition all that is left'}`,
    'write another size, or remove this',
  );
}
