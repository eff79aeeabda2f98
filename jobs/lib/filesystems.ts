// The filesystems that vmb formats: a new one is a file in filesystems/ and a line here.
import type { FilesystemKind } from './filesystem.ts';
import { ext4 } from './filesystems/ext4.ts';
import { fat32 } from './filesystems/fat32.ts';

/** In the order in which documentation lists them. */
export const filesystemKinds: readonly FilesystemKind[] = [ext4, fat32];

/** The kind of a filesystem that is in a plan. */
export function filesystemKind(type: string): FilesystemKind {
  const kind = filesystemKinds.find((candidate) => candidate.type === type);
  if (kind === undefined) throw new Error(`Internal error: there is no filesystem ${type}`);
  return kind;
}
