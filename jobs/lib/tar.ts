// The options with which scripts call GNU tar, so that archives are the same everywhere and volumes get what they can keep.
import type { Volume } from './disk.ts';
import { type Script, sh } from './shell.ts';
import { kindOf } from './volume.ts';

/**
 * Unpacks standard input. Where the volume can, with owners by number, modes and attributes. A link to a folder stays when the
 * archive has a folder of that name (usr-merged roots). Files later than the guest's clock are nothing to warn of.
 */
export function unpackOptions(volume: Volume, wanted: 'plain' | 'everything'): string[] {
  const all = ['-x', '-f', '-', '--keep-directory-symlink', '--warning=no-timestamp'];
  if (!kindOf(volume).keepsUnixMetadata) return [...all, '--no-same-owner', '--no-same-permissions'];
  const kept = ['-p', '--numeric-owner', '--same-owner', '--xattrs', '--xattrs-include=*'];
  return [...all, ...kept, ...(wanted === 'everything' ? ['--acls'] : [])];
}

/**
 * Packs to standard output, sorted, times not later than the epoch. Of pax's records atime and ctime are history, and the
 * default name of a record would hold tar's process id.
 */
export function pack(options: readonly string[]): Script {
  const all = ['-c', '-f', '-', '--format=pax', '--sort=name', '--numeric-owner', '--clamp-mtime'];
  const pax = '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime';
  return sh`tar ${[...all, pax, ...options]} "--mtime=@$SOURCE_DATE_EPOCH"`;
}
