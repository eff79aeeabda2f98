// The filesystems that vmb formats: a new one is a file in filesystems/ and a line here.
import type { FilesystemKind } from './filesystem.ts';
import { btrfs } from './filesystems/btrfs.ts';
import { erofs } from './filesystems/erofs.ts';
import { exfat } from './filesystems/exfat.ts';
import { ext2, ext3, ext4 } from './filesystems/ext.ts';
import { fat32 } from './filesystems/fat32.ts';
import { minix } from './filesystems/minix.ts';
import { ntfs } from './filesystems/ntfs.ts';
import { squashfs } from './filesystems/squashfs.ts';
import { swap } from './filesystems/swap.ts';
import { udf } from './filesystems/udf.ts';
import { ufs, ufs2 } from './filesystems/ufs.ts';
import { xfs } from './filesystems/xfs.ts';

/** In the order in which documentation lists them. */
export const filesystemKinds: readonly FilesystemKind[] = [
  ext4,
  ext3,
  ext2,
  fat32,
  exfat,
  ntfs,
  xfs,
  btrfs,
  minix,
  udf,
  squashfs,
  erofs,
  ufs2,
  ufs,
  swap,
];

/** The kind of a filesystem that is in a plan. */
export function filesystemKind(type: string): FilesystemKind {
  const kind = filesystemKinds.find((candidate) => candidate.type === type);
  if (kind === undefined) throw new Error(`Internal error: there is no filesystem ${type}`);
  return kind;
}
