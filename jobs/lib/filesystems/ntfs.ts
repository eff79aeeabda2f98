// NTFS: formatted by mkntfs, with label and id; it stays empty.
import { type FilesystemKind, type Keeps, unixKeeps, type WantedFilesystem } from '../filesystem.ts';
import { checkHexId, checkLargest, checkSmallest, checkWideLabel } from '../filesystem-limits.ts';
import { sh } from '../shell.ts';
import { gibibyte, mebibyte, sectorBytes } from '../size.ts';
import { startBytes } from '../volume-start.ts';

const smallestBytes = 2 * mebibyte;
const largestBytes = 16 * 1024 * gibibyte - 4096;
const clusterBytes = 4096;
const labelCharacters = 128;
const mostHiddenSectors = 2 ** 32 - 1;

const keeps: Keeps = {
  ...unixKeeps,
  largestFileBytes: largestBytes,
  name: { most: 255, unit: 'characters', without: '' },
};

export const ntfs: FilesystemKind = {
  type: 'ntfs',
  summary: 'what Windows uses; only empty ones',
  settings: {},
  // In Linux 6.1.192 fs/ntfs3 never sets zone_max, so that $MFT cannot grow, and mkntfs leaves no room in it.
  mount: { impossible: 'because the driver of Linux 6.1.192 cannot make any there' },
  needsTools: true,
  keeps: () => keeps,
  plan(wanted) {
    checkLimits(wanted);
    const id = wanted.id?.replace('-', '') ?? wanted.seed.slice(0, 16);
    return { type: 'ntfs', label: wanted.label ?? '', id: id.toUpperCase(), settings: {} };
  },
  format({ label, id }, volume, device) {
    const hidden = Math.min(startBytes(volume) / sectorBytes, mostHiddenSectors);
    const options = [
      // -T fixes the times of NTFS's own files, and with them the random numbers.
      ...['-Q', '-q', '-F', '-T', '-p', String(hidden), '-H', '64', '-S', '32'],
      ...['-s', String(sectorBytes), '-c', String(clusterBytes), ...(label === '' ? [] : ['-L', label])],
    ];
    return sh`
      mkntfs ${options} ${device} > /tmp/mkntfs 2>&1 || { cat /tmp/mkntfs; exit 1; }
      ntfslabel ${`--new-serial=${id}`} ${device} > /tmp/ntfslabel 2>&1 || { cat /tmp/ntfslabel; exit 1; }
    `;
  },
  fresh: undefined,
};

function checkLimits(wanted: WantedFilesystem): void {
  checkSmallest('ntfs', wanted, smallestBytes, 'its tables take most of that');
  checkLargest('ntfs', wanted, largestBytes, `its clusters of ${clusterBytes} bytes are counted in 32 bits`);
  checkWideLabel('ntfs', wanted, labelCharacters);
  checkHexId('ntfs', wanted, 16);
}
