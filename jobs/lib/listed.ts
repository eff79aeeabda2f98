// What a disk image, a folder or a file is made of, in a form that can be compared: pure data.

/** One file, folder, link or device. Only what it has is there. */
export interface ListedEntry {
  readonly type: 'file' | 'folder' | 'link' | 'hard link' | 'character device' | 'block device' | 'pipe';
  readonly sizeBytes?: number;
  readonly sha256?: string;
  /** Permission bits in octal; of a folder on the host only whether a file is executable. */
  readonly mode?: string;
  /** "0:0" */
  readonly owner?: string;
  /** Where a link leads. */
  readonly target?: string;
  /** "5:1" */
  readonly device?: string;
  /** Values in hexadecimal digits; access control lists are among them. */
  readonly xattrs?: ReadonlyMap<string, string>;
}

/** A filesystem, or the bytes of a volume that has none that can be read. */
export interface ListedVolume {
  /** Type, label, id as blkid tells them, one a line. */
  readonly facts: readonly string[];
  /** SHA-256 of all of it, where it could not be mounted. */
  readonly sha256?: string;
  /** By path, each byte a character (latin1), without a slash in front; empty for the root. */
  readonly entries: ReadonlyMap<string, ListedEntry>;
}

export interface Listed {
  readonly kind: 'image' | 'folder' | 'file';
  /** Lines of the partition table, without the names of devices. */
  readonly table: readonly string[];
  /** By partition number; 0 is a whole disk without partitions, and everything of a file or folder of the host. */
  readonly volumes: ReadonlyMap<number, ListedVolume>;
}
