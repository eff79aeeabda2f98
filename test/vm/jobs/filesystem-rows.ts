// The filesystems that are tested alike: one row each, with what independent programs of the host must say of it.

export interface FilesystemRow {
  readonly type: string;
  readonly sizeMebibytes: number;
  readonly label?: string;
  readonly uuid?: string;
  /** What blkid -p finds. */
  readonly blkid: Readonly<Record<string, string>>;
  /** Command of the host that looks for faults in the image; it ends with 0 when there are none. */
  readonly check: (image: string) => readonly [program: string, ...args: string[]];
  /** What export says that it did. */
  readonly layout: 'fresh' | 'kept';
  /** Whether the same content by another history has been the same bytes. */
  readonly isEqual: boolean;
}

const uuid = '6c1e5b7a-4d21-8f0e-9a0b-9c6d9f6b2f0e';

function ext(type: string): FilesystemRow {
  return {
    type,
    sizeMebibytes: 16,
    label: 'a label',
    uuid,
    blkid: { TYPE: type, LABEL: 'a label', UUID: uuid },
    check: (image) => ['e2fsck', '-f', '-n', image],
    layout: 'fresh',
    isEqual: true,
  };
}

export const filesystemRows: readonly FilesystemRow[] = [
  ext('ext2'),
  ext('ext3'),
  ext('ext4'),
  {
    type: 'fat32',
    sizeMebibytes: 36,
    label: 'A LABEL',
    uuid: '1A2B-3C4D',
    blkid: { TYPE: 'vfat', VERSION: 'FAT32', LABEL: 'A LABEL', UUID: '1A2B-3C4D' },
    check: (image) => ['fsck.fat', '-n', image],
    layout: 'fresh',
    isEqual: true,
  },
  {
    type: 'exfat',
    sizeMebibytes: 12,
    label: 'A label',
    uuid: '1A2B-3C4D',
    blkid: { TYPE: 'exfat', LABEL: 'A label', UUID: '1A2B-3C4D' },
    check: (image) => ['fsck.exfat', '-n', image],
    layout: 'kept',
    isEqual: false,
  },
  {
    type: 'ntfs',
    sizeMebibytes: 12,
    label: 'A label',
    uuid: '1A2B3C4D5E6F7081',
    blkid: { TYPE: 'ntfs', LABEL: 'A label', UUID: '1A2B3C4D5E6F7081' },
    check: (image) => ['ntfsfix', '-n', image],
    layout: 'fresh',
    isEqual: true,
  },
  {
    type: 'xfs',
    sizeMebibytes: 300,
    label: 'a label',
    uuid,
    blkid: { TYPE: 'xfs', LABEL: 'a label', UUID: uuid },
    check: (image) => ['xfs_repair', '-n', image],
    layout: 'kept',
    isEqual: false,
  },
  {
    type: 'btrfs',
    sizeMebibytes: 112,
    label: 'a label',
    uuid,
    blkid: { TYPE: 'btrfs', LABEL: 'a label', UUID: uuid },
    check: (image) => ['btrfs', 'check', '--readonly', image],
    layout: 'kept',
    isEqual: false,
  },
  {
    type: 'minix',
    sizeMebibytes: 12,
    blkid: { TYPE: 'minix', VERSION: '3' },
    check: (image) => ['fsck.minix', '-f', image],
    layout: 'fresh',
    isEqual: true,
  },
  {
    type: 'swap',
    sizeMebibytes: 4,
    label: 'a label',
    uuid,
    blkid: { TYPE: 'swap', LABEL: 'a label', UUID: uuid },
    check: (image) => ['swaplabel', image],
    layout: 'kept',
    isEqual: true,
  },
];
