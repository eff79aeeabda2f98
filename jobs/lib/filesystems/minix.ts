// Minix, version 3: the smallest filesystem with owners, modes and links.
import type { Filesystem, Volume } from '../disk.ts';
import { type FilesystemKind, type Keeps, type Mount, unixKeeps, type WantedFilesystem } from '../filesystem.ts';
import { checkLargest, checkNoId, checkNoLabel, checkSmallest } from '../filesystem-limits.ts';
import { type Script, sh } from '../shell.ts';
import { gibibyte, kibibyte } from '../size.ts';
import { unsigned32 } from '../times.ts';
import { evenTimes, layOutMinix } from './minix-layout.ts';

const blockBytes = kibibyte;
const smallestBytes = 64 * kibibyte;
// Maps and inodes must end before block 65536, and these are all that mkfs.minix 2.38 then has room for.
const largestBytes = 64 * gibibyte;
const mostInodes = 262_144;

const keeps: Keeps = {
  ...unixKeeps,
  largestId: { user: 65_535, group: 65_535 },
  attributes: false,
  largestFileBytes: 2 ** 31 - 1,
  name: { most: 60, unit: 'bytes', without: '' },
};

const mount: Mount = { type: 'minix', options: '' };

export const minix: FilesystemKind = {
  type: 'minix',
  summary: 'small and old, with owners, modes and links; neither label nor id',
  settings: {},
  mount,
  needsTools: true,
  keeps: () => keeps,
  times: unsigned32,
  plan(wanted) {
    checkLimits(wanted);
    return { type: 'minix', label: '', id: '', settings: { inodes: inodeCount(wanted.volume) } };
  },
  format(filesystem, volume, device) {
    return sh`
      ${make(filesystem, volume, device)}
      ${evenTimes(device)}
    `;
  },
  fresh: {
    identity(device) {
      // The superblock has nothing that use changes.
      return sh`head -c 2048 ${device} | sha256sum`;
    },
    layOut(filesystem, volume, folder, device) {
      return layOutMinix(make(filesystem, volume, device), folder, device, mount);
    },
  },
};

function make({ settings }: Filesystem, volume: Volume, device: string): Script {
  const blocks = Math.floor(volume.sizeBytes / blockBytes);
  return sh`mkfs.minix -3 -i ${settings['inodes'] ?? 0} ${device} ${blocks} > /dev/null`;
}

/** One for each 4 KiB, whole blocks of 16. */
function inodeCount({ sizeBytes }: Volume): number {
  return Math.min(mostInodes, Math.max(32, Math.floor(sizeBytes / 4096 / 16) * 16));
}

function checkLimits(wanted: WantedFilesystem): void {
  checkSmallest('minix', wanted, smallestBytes, 'its tables take most of that');
  checkLargest('minix', wanted, largestBytes, 'its tables must lie in its first 64MiB');
  checkNoLabel('minix', wanted);
  checkNoId('minix', wanted);
}
