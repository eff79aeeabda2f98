// The options with which scripts call GNU tar, so that archives are the same everywhere and volumes get what they can keep.
import type { Volume } from './disk.ts';
import { unixLargestId } from './filesystem.ts';
import { type Script, sh, withTools } from './shell.ts';
import { hasLostAndFound, keepsOf } from './volume.ts';

/** Records of 64 KiB: with tar's 10 KiB a third of the time goes into system calls, and into reading pages that are half written. */
const records = ['-b', '128'];

/**
 * Unpacks standard input in the folder $VMB_PATH of the volume that is mounted at `root`, which is tar's own root meanwhile: a link
 * means what it means in the volume. Where the volume can, with owners by number, modes and attributes. A link to a folder stays when
 * the archive has a folder of that name (usr-merged roots). Folders that come before their content keep their times. Files later
 * than the guest's clock are nothing to warn of.
 */
export function unpacked(
  volume: Volume,
  root: Script,
  wanted: 'plain' | 'everything',
  more: readonly string[] = [],
): Script {
  const quiet = ['--warning=no-timestamp', '--warning=no-record-size'];
  const all = ['-x', '-f', '-', ...records, '--keep-directory-symlink', '--delay-directory-restore', ...quiet];
  const { modes, largestId, attributes } = keepsOf(volume);
  const options = [
    ...all,
    '--numeric-owner',
    ...(modes ? ['-p'] : ['--no-same-permissions']),
    ...(largestId === undefined ? ['--no-same-owner'] : ['--same-owner']),
    ...(attributes ? ['--xattrs', '--xattrs-include=*'] : []),
    ...(attributes && wanted === 'everything' ? ['--acls'] : []),
    ...more,
  ];
  return sh`vmb_rooted ${root} "$VMB_PATH" tar ${options}`;
}

/** Before archives of strangers are unpacked: numbers of owners that are too large for the volume are failures. */
export function ownerLimits(volume: Volume): Script | undefined {
  const { largestId } = keepsOf(volume);
  if (largestId === undefined || largestId.user >= unixLargestId) return undefined;
  return sh`export VMB_LARGEST_USER=${largestId.user} VMB_LARGEST_GROUP=${largestId.group}`;
}

/** What `packed` leaves out. `path` of the volume lies at `folder`. */
export function emptyLostAndFound(volume: Volume, path: string, folder: Script): Script {
  if (!hasLostAndFound(volume, path)) return sh`lost=`;
  return sh`
    lost= top=${folder}
    if [ -d "$top/lost+found" ] && [ -z "$(ls -A "$top/lost+found")" ]; then lost=--exclude=./lost+found; fi
  `;
}

/** Packs files of a volume, with all that it keeps: attributes come in the order of their names, whatever the history. */
export function packed(volume: Volume, options: readonly string[]): Script {
  if (!keepsOf(volume).attributes) return pack(options);
  return withTools(sh`vmb_settled - ${pack(['--xattrs', '--xattrs-include=*', '--acls', ...options])}`);
}

/**
 * Packs to standard output, sorted, times not later than the epoch. Of pax's records atime and ctime are history, and the
 * default name of a record would hold tar's process id.
 */
export function pack(options: readonly string[]): Script {
  const all = ['-c', '-f', '-', ...records, '--format=pax', '--sort=name', '--numeric-owner', '--clamp-mtime'];
  const pax = '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime';
  return sh`tar ${[...all, pax, ...options]} "--mtime=@$SOURCE_DATE_EPOCH"`;
}
