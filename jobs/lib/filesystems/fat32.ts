// FAT32: how it is made, when it is as vmb made it, and how large it must be to be FAT32 at all.
import type { Filesystem, Volume } from '../disk.ts';
import {
  type FilesystemKind,
  type Keeps,
  settingAt,
  volumeAt,
  type WantedFilesystem,
  windowsName,
} from '../filesystem.ts';
import { checkHexId, refusedLabel } from '../filesystem-limits.ts';
import { serialOf } from '../ids.ts';
import { JobMistake } from '../mistake.ts';
import { quoted } from '../quoted.ts';
import { Type } from '../schema.ts';
import { sh } from '../shell.ts';
import { gibibyte, mebibyte, sectorBytes, sizeText } from '../size.ts';
import { fatTimes } from '../times.ts';
import { startBytes } from '../volume-start.ts';
import { layOutFat32 } from './fat32-layout.ts';

// A geometry that divides every whole MiB: mkfs.fat rounds the filesystem down to whole tracks.
const heads = 64;
const trackSectors = 32;
const reservedSectors = 32;
const copies = 2;
// Microsoft's "FAT: General Overview of On-Disk Format" 1.03: fewer clusters are FAT16, whatever the boot sector says.
const fewestClusters = 65525;
const mostClusters = 0x0ffffff5;
const mostSectors = 2 ** 32 - 1;

const fatKeeps: Keeps = {
  largestId: undefined,
  modes: false,
  attributes: false,
  symbolicLinks: false,
  hardLinks: false,
  largestFileBytes: 2 ** 32 - 1,
  name: windowsName,
};

export const fat32: FilesystemKind = {
  type: 'fat32',
  summary: 'what firmware and every system reads; no owners, modes, links or extended attributes',
  settings: {
    'cluster-size': Type.Integer({
      description:
        'fat32: bytes in a cluster, a power of two from 512 to 32768. As small as Microsoft has it unless given',
      examples: [512],
    }),
  },
  mount: { type: 'vfat', options: 'tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed' },
  keeps: () => fatKeeps,
  times: fatTimes,
  plan(wanted) {
    checkNames(wanted);
    return {
      type: 'fat32',
      label: wanted.label ?? '',
      id: wanted.id === undefined ? serialOf(wanted.seed) : wanted.id.replace('-', '').toLowerCase(),
      settings: { 'cluster-size': clusterBytes(wanted) },
    };
  },
  format(filesystem, volume, device) {
    return sh`mkfs.fat ${mkfsOptions(filesystem, volume)} ${device} > /dev/null`;
  },
  resize: { way: 'anew' },
  fresh: {
    identity(device) {
      // Left out: byte 65, in which Linux notes that the volume is mounted, and sector 1, which counts free clusters.
      return sh`
        dd if=${device} bs=1 count=65 2> /dev/null | sha256sum
        dd if=${device} bs=1 skip=66 count=446 2> /dev/null | sha256sum
        dd if=${device} bs=512 skip=2 count=${reservedSectors - 2} 2> /dev/null | sha256sum
      `;
    },
    layOut(filesystem, volume, folder, device) {
      return layOutFat32(sh`mkfs.fat ${mkfsOptions(filesystem, volume)} ${device} > /dev/null`, folder, device);
    },
  },
};

/** --invariant fixes the time in the label's entry; without label and id mkfs.fat would take both from the clock. */
function mkfsOptions({ label, id, settings }: Filesystem, volume: Volume): string[] {
  const sectorsPerCluster = (settings['cluster-size'] ?? sectorBytes) / sectorBytes;
  const hidden = Math.min(startBytes(volume) / sectorBytes, mostSectors);
  return [
    ...['-F', '32', '-I', '--invariant', '-i', id, '--mbr=n', '-M', '0xf8', '-D', '0x80', '-S', String(sectorBytes)],
    ...['-s', String(sectorsPerCluster), '-R', String(reservedSectors), '-f', String(copies), '-b', '6'],
    ...['-g', `${heads}/${trackSectors}`, '-h', String(hidden), ...(label === '' ? [] : ['-n', label])],
  ];
}

/** Microsoft's table of cluster sizes, or the one that the build file asks for. */
function clusterBytes({ volume, settings }: WantedFilesystem): number {
  const size = volume.sizeBytes;
  const wanted = settings['cluster-size'];
  if (wanted !== undefined && ![1, 2, 4, 8, 16, 32, 64].includes(wanted / sectorBytes)) {
    throw new JobMistake(
      settingAt('cluster-size'),
      `${wanted} is no cluster size for fat32`,
      'use one of: 512, 1024, 2048, 4096, 8192, 16384, 32768',
    );
  }
  const usual =
    size > 32 * gibibyte
      ? 32768
      : size > 16 * gibibyte
        ? 16384
        : size > 8 * gibibyte
          ? 8192
          : size > 260 * mebibyte
            ? 4096
            : 512;
  const bytes = wanted ?? usual;
  const clusters = clusterCount(size, bytes);
  if (clusters < fewestClusters) throw tooSmall(size, bytes, wanted !== undefined);
  if (clusters > mostClusters || size / sectorBytes > mostSectors) {
    throw new JobMistake(
      volumeAt,
      `${sizeText(size)} are too much for fat32 with clusters of ${bytes} bytes`,
      'make the volume smaller than 2TiB, or the clusters larger',
    );
  }
  return bytes;
}

/** How many clusters mkfs.fat 4.2 (setup_tables) makes. */
export function clusterCount(sizeBytes: number, bytes: number): number {
  const perCluster = bytes / sectorBytes;
  const aligned = (sectors: number) => Math.ceil(sectors / perCluster) * perCluster;
  const sectors = Math.floor(sizeBytes / sectorBytes / trackSectors) * trackSectors - aligned(reservedSectors);
  const guess = Math.floor((sectors * sectorBytes + copies * 8) / (bytes + copies * 4));
  const tableSectors = aligned(Math.ceil(((guess + 2) * 4) / sectorBytes));
  return Math.floor((sectors - copies * tableSectors) / perCluster);
}

function tooSmall(sizeBytes: number, bytes: number, chosen: boolean): JobMistake {
  let enough = mebibyte;
  while (clusterCount(enough, bytes) < fewestClusters) enough += mebibyte;
  const what = `${sizeText(sizeBytes)} are too small for fat32, because it needs ${fewestClusters} clusters, here of ${bytes} bytes each`;
  return new JobMistake(
    volumeAt,
    what,
    `make the volume ${sizeText(enough)} or larger${chosen ? ', or the clusters smaller' : ''}`,
  );
}

function checkNames(wanted: WantedFilesystem): void {
  if (wanted.label !== undefined) checkLabel(wanted.label);
  checkHexId('fat32', wanted, 8);
}

function checkLabel(label: string): void {
  // What mkfs.fat writes where no label is meant, and readers take for none.
  if (label === 'NO NAME') throw refusedLabel(label, 'FAT means no label by it', 'leave it out, or choose another');
  if ([...label].length > 11) throw refusedLabel(label, 'a FAT label has at most 11 characters', 'shorten it');
  if (/[a-z]/.test(label)) {
    throw refusedLabel(label, 'a FAT label has no small letters', `write ${quoted(label.toUpperCase())}`);
  }
  if (!/^(?! )[A-Z0-9 !#$%&'()@^_`{}~-]*$/.test(label)) {
    throw refusedLabel(
      label,
      "a FAT label has capitals, digits, spaces (but not first) and !#$%&'()-@^_`{}~ only",
      'leave the other characters out',
    );
  }
}
