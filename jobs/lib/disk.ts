// What the plan knows of the disks under construction: pure data, changed only by making a new value.

/** A filesystem that a `format` step made. Enough to make it again, empty, with the same identity. */
export interface Filesystem {
  readonly type: string;
  readonly label: string;
  /** Volume UUID, or the 8 hex digits of a FAT volume id. */
  readonly id: string;
  /** Sizes in bytes and other numbers by the names that `format` has for them, defaults filled in. */
  readonly settings: Readonly<Record<string, number>>;
  /** Sizes of the volume before it was resized in place, oldest first: features of a filesystem that grew are not those of one made so large. */
  readonly resizedFrom?: readonly number[];
  /** It is what export makes of a staged one (FreshLayout.isStaged): nothing here writes to it. */
  readonly isExported?: true;
}

export interface Partition {
  /** As the kernel numbers it: 1 to 4 primary or extended, from 5 logical (msdos); any on gpt. */
  readonly number: number;
  readonly kind: 'primary' | 'extended' | 'logical';
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** GPT type GUID in capitals, or msdos type as two hex digits. */
  readonly type: string;
  /** GPT partition GUID; empty on msdos. */
  readonly id: string;
  /** GPT partition name; empty on msdos. */
  readonly name: string;
  readonly bootable: boolean;
}

export interface DiskLabel {
  readonly type: 'gpt' | 'msdos';
  /** GPT disk GUID in capitals, or the msdos id as 0x and eight hex digits. */
  readonly id: string;
}

export interface Disk {
  readonly name: string;
  readonly sizeBytes: number;
  readonly label: DiskLabel | undefined;
  readonly partitions: readonly Partition[];
  /** By partition number; 0 is the whole disk. */
  readonly filesystems: ReadonlyMap<number, Filesystem>;
  /** Where `dd` wrote: a filesystem can no longer rely on zeros there. */
  readonly written?: readonly WrittenRange[];
}

/** In bytes from the beginning of the disk. */
export interface WrittenRange {
  readonly startBytes: number;
  readonly endBytes: number;
}

/** A whole disk (number 0) or a partition. */
export interface Volume {
  readonly disk: Disk;
  readonly number: number;
  readonly sizeBytes: number;
  readonly filesystem: Filesystem | undefined;
  /** What scripts call it: /dev/vmb/main or /dev/vmb/main-part1. */
  readonly device: string;
}
