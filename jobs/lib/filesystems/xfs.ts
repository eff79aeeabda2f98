// XFS: a filesystem for large files and many processors, with everything that Unix keeps.
import { type FilesystemKind, unixKeeps, type WantedFilesystem } from '../filesystem.ts';
import { checkByteLabel, checkEpoch, checkSmallest, checkUuid } from '../filesystem-limits.ts';
import { uuidOf } from '../ids.ts';
import { sh } from '../shell.ts';
import { mebibyte } from '../size.ts';

const smallestBytes = 300 * mebibyte;
const labelBytes = 12;

export const xfs: FilesystemKind = {
  type: 'xfs',
  summary: 'Linux filesystem for large files, with owners, modes, links and extended attributes',
  settings: {},
  mount: { type: 'xfs', options: 'nouuid,inode64' },
  needsTools: true,
  keeps: () => ({ ...unixKeeps, largestFileBytes: Number.MAX_SAFE_INTEGER }),
  plan(wanted) {
    checkLimits(wanted);
    return {
      type: 'xfs',
      label: wanted.label ?? '',
      id: (wanted.id ?? uuidOf(wanted.seed)).toLowerCase(),
      settings: {},
    };
  },
  format({ label, id }, volume, device) {
    // The clock stands in the root folder's inode.
    return sh`vmb_fixed ${id} mkfs.xfs ${mkfsOptions(label, id)} -d ${`agcount=4,noalign,size=${volume.sizeBytes}`} ${device}`;
  },
  fresh: undefined,
};

/** Debian's defaults of mkfs.xfs 6.1, spelt out, so that neither they nor the device decide. */
function mkfsOptions(label: string, id: string): string[] {
  return [
    ...['-q', '-f', '-K', '-b', 'size=4096', '-s', 'size=512', '-i', 'size=512,maxpct=25,sparse=1', '-n', 'size=4096'],
    ...['-m', `crc=1,finobt=1,rmapbt=0,reflink=1,bigtime=1,inobtcount=1,uuid=${id}`, '-l', 'size=64m'],
    ...(label === '' ? [] : ['-L', label]),
  ];
}

function checkLimits(wanted: WantedFilesystem): void {
  checkSmallest('xfs', wanted, smallestBytes, 'mkfs.xfs makes none that is smaller');
  checkByteLabel('xfs', wanted, labelBytes);
  checkUuid('xfs', wanted);
  const last = Date.UTC(2486, 0) / 1000;
  checkEpoch('xfs', wanted, { first: -(2 ** 31), last, span: 'from 1901 to 2485' });
}
