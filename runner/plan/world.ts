// What a job may ask while it plans: the disks as earlier steps leave them, with mistakes that name the remedy.
import type { Disk, Volume } from '../../jobs/lib/disk.ts';
import type { OptionPath, World } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import { parsePlace, parseVolume } from '../../jobs/lib/place.ts';
import { checkHoldsFiles } from '../../jobs/lib/volume.ts';
import { didYouMean } from '../build-file/did-you-mean.ts';
import { quoted } from '../printable.ts';

/** Thrown when a job names a disk on which a mistake was already reported: one mistake, one message. */
export class AlreadyReported extends Error {
  override readonly name = 'AlreadyReported';
}

export interface WorldFacts {
  readonly arch: World['arch'];
  readonly epochSeconds: number;
  readonly identity: string;
  readonly disks: ReadonlyMap<string, Disk>;
  /** Disks whose state is unknown after a mistake. */
  readonly doubtful: ReadonlySet<string>;
  readonly sourceBytes: World['sourceBytes'];
  readonly imageBytes: World['imageBytes'];
  readonly previousMissing: World['previousMissing'];
  readonly sourceStart: World['sourceStart'];
}

/** A world for one job. `touched` collects the names of the disks that the job asked for. */
export function worldFor(facts: WorldFacts, touched: Set<string>): World {
  const disk = (name: string, at: OptionPath): Disk => {
    touched.add(name);
    if (facts.doubtful.has(name)) throw new AlreadyReported(name);
    const found = facts.disks.get(name);
    if (found !== undefined) return found;
    const names = [...facts.disks.keys()];
    const known = names.length === 0 ? 'put a create-disk before it' : `use one of: ${names.join(', ')}`;
    throw new JobMistake(
      at,
      `there is no disk ${quoted(name)} here${didYouMean(name, names)}, because no step before this one creates it`,
      known,
    );
  };
  const volume = (reference: string, at: OptionPath): Volume => {
    const { disk: name, number } = parseVolume(reference, at);
    return volumeOf(disk(name, at), number, at);
  };
  return {
    arch: facts.arch,
    epochSeconds: facts.epochSeconds,
    identity: facts.identity,
    sourceBytes: facts.sourceBytes,
    imageBytes: facts.imageBytes,
    previousMissing: facts.previousMissing,
    sourceStart: facts.sourceStart,
    disk,
    volume,
    place(reference, at) {
      const { disk: name, number, path } = parsePlace(reference, at);
      const found = volumeOf(disk(name, at), number, at);
      checkHoldsFiles(found, at);
      return { volume: found, path };
    },
    newDiskName(name, at) {
      touched.add(name);
      if (facts.doubtful.has(name)) throw new AlreadyReported(name);
      if (facts.disks.has(name)) {
        throw new JobMistake(
          at,
          `there is a disk ${quoted(name)} already, because an earlier step creates it`,
          'choose another name',
        );
      }
      return name;
    },
  };
}

/** A volume of a disk. @throws JobMistake when the disk has no such partition */
function volumeOf(disk: Disk, number: number, at: OptionPath): Volume {
  if (number === 0) {
    const filesystem = disk.filesystems.get(0);
    return { disk, number, sizeBytes: disk.sizeBytes, filesystem, device: `/dev/vmb/${disk.name}` };
  }
  if (disk.label === undefined) {
    throw new JobMistake(
      at,
      `the disk ${quoted(disk.name)} has no partitions, because no step before this one labels it`,
      'put a label and a partition before it',
    );
  }
  const partition = disk.partitions.find((candidate) => candidate.number === number);
  if (partition === undefined) {
    const volumes = disk.partitions.map((candidate) => `${disk.name}:${candidate.number}`);
    throw new JobMistake(
      at,
      `there is no partition ${number} on the disk ${quoted(disk.name)} here`,
      volumes.length === 0 ? 'put a partition before it' : `use one of: ${volumes.join(', ')}`,
    );
  }
  return {
    disk,
    number,
    sizeBytes: partition.sizeBytes,
    filesystem: disk.filesystems.get(number),
    device: `/dev/vmb/${disk.name}-part${number}`,
  };
}
