// XFS: a filesystem for large files and many processors, with everything that Unix keeps.
import { type FilesystemKind, type Mount, unixKeeps, type WantedFilesystem } from '../filesystem.ts';
import { checkByteLabel, checkSmallest, checkUuid } from '../filesystem-limits.ts';
import { uuidOf } from '../ids.ts';
import { sh } from '../shell.ts';
import { mebibyte } from '../size.ts';
import { signed32 } from '../times.ts';

const smallestBytes = 300 * mebibyte;
const labelBytes = 12;
const blockBytes = 4096;
const mount: Mount = { type: 'xfs', options: 'nouuid,inode64' };

export const xfs: FilesystemKind = {
  type: 'xfs',
  summary: 'Linux filesystem for large files, with owners, modes, links and extended attributes',
  settings: {},
  mount,
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
  resize: {
    way: 'in-place',
    shrinks: false,
    script: (_filesystem, { sizeBytes }, device) => sh`
      vmb_mount ${device} /mnt/resized xfs ${mount.options}
      xfs_growfs -D ${Math.floor(sizeBytes / blockBytes)} /mnt/resized > /tmp/xfs_growfs 2>&1 || {
        cat /tmp/xfs_growfs
        vmb_fail 'xfs_growfs could not give the filesystem another size'
      }
      umount /mnt/resized
      xfs_repair -n ${device} > /tmp/xfs_repair 2>&1 || {
        cat /tmp/xfs_repair
        vmb_fail 'xfs_repair finds errors after xfs_growfs'
      }
    `,
  },
  times: { first: signed32.first, last: Date.UTC(2486, 0) / 1000 - 1 },
  fresh: undefined,
};

/** Debian's defaults of mkfs.xfs 6.1, spelt out, so that neither they nor the device decide. */
function mkfsOptions(label: string, id: string): string[] {
  return [
    ...['-q', '-f', '-K', '-b', `size=${blockBytes}`, '-s', 'size=512'],
    ...['-i', 'size=512,maxpct=25,sparse=1', '-n', 'size=4096'],
    ...['-m', `crc=1,finobt=1,rmapbt=0,reflink=1,bigtime=1,inobtcount=1,uuid=${id}`, '-l', 'size=64m'],
    ...(label === '' ? [] : ['-L', label]),
  ];
}

function checkLimits(wanted: WantedFilesystem): void {
  checkSmallest('xfs', wanted, smallestBytes, 'mkfs.xfs makes none that is smaller');
  checkByteLabel('xfs', wanted, labelBytes);
  checkUuid('xfs', wanted);
}
