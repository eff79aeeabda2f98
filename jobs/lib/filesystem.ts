// The contract of a filesystem: what `format`, `export` and every mount must know of one. One file each in filesystems/.
import type { Filesystem, Volume } from './disk.ts';
import type { OptionPath } from './job.ts';
import type { TInteger } from './schema.ts';
import type { Script } from './shell.ts';
import type { Times } from './times.ts';

/** What the build file asks of a new filesystem. */
export interface WantedFilesystem {
  readonly volume: Volume;
  readonly label: string | undefined;
  readonly id: string | undefined;
  /** As the build file has them, within the limits of the schema. */
  readonly settings: Readonly<Record<string, number>>;
  readonly epochSeconds: number;
  /** Bytes, in hex, that belong to this volume of this build alone: what ids are made of. */
  readonly seed: string;
}

/** What a filesystem, as its driver in the build-VM writes it, keeps of files. */
export interface Keeps {
  /** Largest number of an owner and of a group; undefined where files have no owners. */
  readonly largestId: { readonly user: number; readonly group: number } | undefined;
  readonly modes: boolean;
  /** Extended attributes, ACLs too. */
  readonly attributes: boolean;
  readonly symbolicLinks: boolean;
  readonly hardLinks: boolean;
  readonly largestFileBytes: number;
  readonly name: {
    /** The longest one. Characters are those of UTF-16. */
    readonly most: number;
    readonly unit: 'bytes' | 'characters';
    /** What no name holds besides "/". */
    readonly without: string;
    /** Names that are refused as they are. */
    readonly never?: { readonly like: RegExp; readonly because: string };
  };
}

/** 2^32 - 1 is -1, "leave it as it is", to chown(2). */
export const unixLargestId = 2 ** 32 - 2;

/** What filesystems of Unix keep, but for the length of files. */
export const unixKeeps: Omit<Keeps, 'largestFileBytes'> = {
  largestId: { user: unixLargestId, group: unixLargestId },
  modes: true,
  attributes: true,
  symbolicLinks: true,
  hardLinks: true,
  name: { most: 255, unit: 'bytes', without: '' },
};

/** Names on FAT and exFAT: what their drivers refuse. */
export const windowsName: Keeps['name'] = { most: 255, unit: 'characters', without: '\\/:*?"<>|' };

/** What mount(8) calls a filesystem, and the options that make it the same everywhere. */
export interface Mount {
  readonly type: string;
  readonly options: string;
  /** Its driver is a program of the tools image, which `vmb_mount` starts. */
  readonly isTool?: boolean;
}

export interface FilesystemKind {
  /** What `type` says. */
  readonly type: string;
  /** One line for people. */
  readonly summary: string;
  /** Numbers that a build file may choose, by name, each described. */
  readonly settings: Readonly<Record<string, TInteger>>;
  /** Or why a build has no files on it: "because …". */
  readonly mount: Mount | { readonly impossible: string };
  /** The same of what `export` made of it, where that is another filesystem: for reading. */
  readonly exported?: Mount;
  /** What files have on it, and how large they get; told when the plan is made. */
  keeps(filesystem: Filesystem): Keeps;
  /** The modification times that files can have on it; the epoch of a build is one of them. */
  readonly times: Times;
  /**
   * Gives what lies on `device`, a copy that export keeps, no time later than the epoch; without it, that is done by the driver.
   */
  readonly settle?: (device: string) => Script;
  /** Whether its scripts use programs of the tools image. */
  readonly needsTools?: boolean;
  /** Checks everything that can be known before a boot and fills in what is missing. @throws JobMistake */
  plan(wanted: WantedFilesystem): Filesystem;
  /** Makes it, empty, on a device (or file) that holds zeros and is as large as the volume. */
  format(filesystem: Filesystem, volume: Volume, device: string): Script;
  /** How `resize-disk` gives it another size; without it, volumes of this kind keep theirs. */
  readonly resize?: FilesystemResize;
  /** How `export` makes it anew; without it, export keeps volumes of this kind as they are. */
  readonly fresh: FreshLayout | undefined;
}

export type FilesystemResize =
  /** It is made anew in the new size, as `export` does it, and put back. */
  | { readonly way: 'anew' }
  | {
      readonly way: 'in-place';
      readonly shrinks: boolean;
      /** No smaller size can be given, although one can be made so small. */
      readonly smallest?: { readonly bytes: number; readonly because: string };
      /**
       * Gives the filesystem on `device` the size of `volume`; the device is as large as the larger one. The body of a shell
       * function: when more is in use than that, it sets `trouble` to the reason, "because …", and returns before it has changed anything.
       */
      script(filesystem: Filesystem, volume: Volume, device: string): Script;
    };

export interface FreshLayout {
  /** Until export the volume holds another filesystem, which `mount` names: it cannot be kept. */
  readonly isStaged?: boolean;
  /** Writes to standard output what only `format` writes: two devices with the same output differ in content alone. */
  identity(device: string): Script;
  /**
   * Makes the filesystem on `device`, which holds zeros, with all that `folder` holds, where the volume is mounted read-only.
   * Equal content is equal bytes, whatever the history. The body of a shell function: when the content does not fit or cannot
   * be kept, it sets `trouble` to the reason, "because …", and returns.
   */
  layOut(filesystem: Filesystem, volume: Volume, folder: string, device: string): Script;
}

/** Where the options of `format` stand in the build file, for mistakes. */
export const labelAt: OptionPath = ['label'];
export const idAt: OptionPath = ['uuid'];
export const typeAt: OptionPath = ['type'];
export const volumeAt: OptionPath = ['volume'];
export const settingAt = (name: string): OptionPath => ['settings', name];
