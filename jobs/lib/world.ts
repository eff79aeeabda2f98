// What a job may know when it plans, as the runner tells it.
import type { Disk, Volume } from './disk.ts';
import type { Source } from './source.ts';

/** From a job's table in the build file to one of its values; for the place in a message. */
export type OptionPath = readonly (string | number)[];

/** What a job may know when it plans: the disks as the steps before it leave them. Look-ups throw JobMistake at `at`. */
export interface World {
  readonly arch: 'x86_64' | 'i686';
  /** Clock of the build, seconds since 1970. */
  readonly epochSeconds: number;
  /** "name version arch": what ids and seeds are derived from, together with disk names. Not the repository: an import may rename it. */
  readonly identity: string;
  /** A disk that an earlier step created. */
  disk(name: string, at: OptionPath): Disk;
  /** A volume that exists: "main" or "main:1". */
  volume(reference: string, at: OptionPath): Volume;
  /** A volume that an earlier step formatted, and the path in it: "main:1:/etc/motd". */
  place(reference: string, at: OptionPath): { readonly volume: Volume; readonly path: string };
  /** A name for a disk that does not exist yet. */
  newDiskName(name: string, at: OptionPath): string;
  /** Length of a file that exists before the build; undefined for artifacts and for what is no file. */
  sourceBytes(source: Source, at: OptionPath): number | undefined;
  /** Size of what is a raw disk image, or may be one; undefined for every other file and for folders. */
  imageBytes(source: Source, at: OptionPath): number | undefined;
  /** Why there is nothing of that name from the last successful build, as a part of a sentence; undefined when there is. */
  previousMissing(name: string): string | undefined;
  /** The first bytes of such a file, at most 8: enough to see what it is. */
  sourceStart(source: Source, at: OptionPath): Uint8Array | undefined;
}
