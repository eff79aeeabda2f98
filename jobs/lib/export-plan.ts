// What export does with each part of a disk: laid out afresh, or copied byte for byte.
import type { Disk, Filesystem, Volume } from './disk.ts';
import { filesystemKind } from './filesystems.ts';
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { volumeName } from './place.ts';
import { quoted } from './quoted.ts';
import { holdsFiles, kindOf } from './volume.ts';

export type Layout = 'fresh' | 'keep';

/** What happens to one volume that an earlier step formatted. */
export interface ExportedVolume {
  readonly volume: Volume;
  readonly startBytes: number;
  /** `try`: afresh, or kept with a reason when that does not work. */
  readonly layout: Layout | 'try';
  /** For people, after the volume's name. */
  readonly note: string;
}

/** The formatted volumes of a disk, by where they lie. */
export function formattedVolumes(disk: Disk): Volume[] {
  const whole = disk.filesystems.get(0);
  if (whole !== undefined) {
    return [{ disk, number: 0, sizeBytes: disk.sizeBytes, filesystem: whole, device: `/dev/vmb/${disk.name}` }];
  }
  return disk.partitions
    .filter(({ number }) => disk.filesystems.has(number))
    .sort((one, other) => one.startBytes - other.startBytes)
    .map(({ number, sizeBytes }) => ({
      disk,
      number,
      sizeBytes,
      filesystem: disk.filesystems.get(number),
      device: `/dev/vmb/${disk.name}-part${number}`,
    }));
}

/** The disk as export hands it out: what was staged is staged no longer. */
export function exportedDisk(disk: Disk): Disk {
  const filesystems = [...disk.filesystems].map(([number, filesystem]): [number, Filesystem] => [
    number,
    filesystemKind(filesystem.type).fresh?.isStaged === true ? { ...filesystem, isExported: true } : filesystem,
  ]);
  return { ...disk, filesystems: new Map(filesystems) };
}

/** @throws JobMistake when it is to be laid out afresh and its filesystem cannot be */
export function exportedVolume(volume: Volume, wanted: Layout | undefined, at: OptionPath): ExportedVolume {
  const { fresh, type, mount } = kindOf(volume);
  const startBytes = volume.disk.partitions.find(({ number }) => number === volume.number)?.startBytes ?? 0;
  const base = { volume, startBytes };
  if (volume.filesystem?.isExported === true) {
    if (wanted !== 'fresh') return { ...base, layout: 'keep', note: `is kept as it is: ${type}, as it was exported` };
    throw new JobMistake(
      at,
      `${quoted(volumeName(volume))} cannot be laid out afresh, because an earlier export made it ${type}`,
      'leave it out',
    );
  }
  if (fresh?.isStaged === true) {
    if (wanted !== 'keep') return { ...base, layout: 'fresh', note: `is made ${type} now; until here it was an ext4` };
    throw new JobMistake(
      at,
      `${quoted(volumeName(volume))} cannot be kept as it is, because that is an ext4 until export makes it ${type}`,
      'leave it out',
    );
  }
  if (wanted === 'keep') return { ...base, layout: 'keep', note: `${kept(volume)}, because the build file says so` };
  if (fresh !== undefined) {
    if (wanted === 'fresh') return { ...base, layout: 'fresh', note: 'is laid out afresh' };
    const note = 'is laid out afresh, unless its boot sector or its features are no longer those that vmb gave it';
    return { ...base, layout: 'try', note };
  }
  if ('impossible' in mount && wanted === undefined) {
    return { ...base, layout: 'keep', note: 'is kept as it is, because no step changes it' };
  }
  if (wanted === undefined) {
    const note = `${kept(volume)}, because vmb cannot lay ${type} out afresh: with files in it, another build may give other bytes`;
    return { ...base, layout: 'keep', note };
  }
  throw new JobMistake(
    at,
    `${quoted(volumeName(volume))} cannot be laid out afresh, because vmb has no way to do that for ${type}`,
    'write "keep"',
  );
}

function kept(volume: Volume): string {
  return `is kept as it is${holdsFiles(volume) ? ', but for times later than the epoch, which become the epoch' : ''}`;
}

export interface ByteRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** Everything of a disk but these volumes: tables, boot code, gaps and all that is kept. */
export function rangesBeside(
  disk: Disk,
  volumes: readonly Pick<ExportedVolume, 'volume' | 'startBytes'>[],
): ByteRange[] {
  const ranges: ByteRange[] = [];
  let begin = 0;
  const add = (end: number) => {
    if (end > begin) ranges.push({ offsetBytes: begin, lengthBytes: end - begin });
  };
  for (const { volume, startBytes } of [...volumes].sort((one, other) => one.startBytes - other.startBytes)) {
    add(startBytes);
    begin = startBytes + volume.sizeBytes;
  }
  add(disk.sizeBytes);
  return ranges;
}
