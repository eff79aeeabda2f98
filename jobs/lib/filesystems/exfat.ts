// exFAT: what cameras and every system read, without FAT32's limit on the length of files.
import { type FilesystemKind, type Keeps, type WantedFilesystem, windowsName } from '../filesystem.ts';
import { checkHexId, checkLargest, checkSmallest, checkWideLabel } from '../filesystem-limits.ts';
import { serialOf } from '../ids.ts';
import { sh } from '../shell.ts';
import { gibibyte, kibibyte, mebibyte } from '../size.ts';
import { fatTimes } from '../times.ts';

const smallestBytes = 4 * mebibyte;
// 2^32 - 11 clusters of 128 KiB, of which the formatter has been tried with far fewer.
const largestBytes = 64 * 1024 * gibibyte;
const labelCharacters = 11;

const keeps: Keeps = {
  largestId: undefined,
  modes: false,
  attributes: false,
  symbolicLinks: false,
  hardLinks: false,
  largestFileBytes: Number.MAX_SAFE_INTEGER,
  name: windowsName,
};

export const exfat: FilesystemKind = {
  type: 'exfat',
  summary: 'what every system reads, for long files too; no owners, modes, links or extended attributes',
  settings: {},
  mount: { type: 'exfat', options: 'iocharset=utf8,time_offset=0' },
  needsTools: true,
  keeps: () => keeps,
  times: fatTimes,
  plan(wanted) {
    checkLimits(wanted);
    return {
      type: 'exfat',
      label: wanted.label ?? '',
      id: wanted.id === undefined ? serialOf(wanted.seed) : wanted.id.replace('-', '').toLowerCase(),
      settings: { 'cluster-size': clusterBytes(wanted.volume.sizeBytes) },
    };
  },
  format({ label, id, settings }, _volume, device) {
    const options = ['-c', String(settings['cluster-size']), '-b', String(mebibyte)];
    // The serial number that mkfs.exfat 1.2 makes is the time; tune.exfat writes another and puts the checksum right.
    return sh`
      mkfs.exfat ${[...options, ...(label === '' ? [] : ['-L', label])]} ${device} > /dev/null
      tune.exfat -I ${`0x${id}`} ${device} > /dev/null
    `;
  },
  fresh: undefined,
};

/** Defaults of mkfs.exfat 1.2, which are Microsoft's, spelt out. */
function clusterBytes(sizeBytes: number): number {
  if (sizeBytes <= 256 * mebibyte) return 4 * kibibyte;
  return sizeBytes <= 32 * gibibyte ? 32 * kibibyte : 128 * kibibyte;
}

function checkLimits(wanted: WantedFilesystem): void {
  checkSmallest('exfat', wanted, smallestBytes, 'its tables lie at whole MiB');
  checkLargest('exfat', wanted, largestBytes, 'its clusters are counted in 32 bits');
  checkWideLabel('exfat', wanted, labelCharacters);
  checkHexId('exfat', wanted, 8);
}
