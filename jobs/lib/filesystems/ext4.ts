// ext4: how it is made, when it is as vmb made it, and how it is made anew so that equal content is equal bytes.
import type { Filesystem, Volume } from '../disk.ts';
import {
  type FilesystemKind,
  idAt,
  labelAt,
  settingAt,
  typeAt,
  volumeAt,
  type WantedFilesystem,
} from '../filesystem.ts';
import { derived, isUuid, uuidOf } from '../ids.ts';
import { JobMistake } from '../mistake.ts';
import { quoted } from '../quoted.ts';
import { Type } from '../schema.ts';
import { type Script, sh } from '../shell.ts';
import { mebibyte, sizeText } from '../size.ts';
import { resizeExt } from './ext-resize.ts';
import { layOutExt4 } from './ext4-layout.ts';

// Debian's defaults of mke2fs 1.47.0, spelt out so that a change of defaults changes no image.
const features = [
  'has_journal,ext_attr,resize_inode,dir_index,sparse_super,large_file,filetype',
  'extent,64bit,flex_bg,huge_file,dir_nlink,extra_isize,metadata_csum',
].join(',');

const labelBytes = 16;
const smallestBytes = 4 * mebibyte;
// Superblock and inodes count seconds in 32 bits with a sign; 0 is how E2FSPROGS_FAKE_TIME says "the real time".
const latestSeconds = 2 ** 31 - 1;

/** What dumpe2fs tells of a filesystem that changes by mke2fs and tune2fs only, never by use. */
const identityFields = [
  'Filesystem (volume name|UUID|features|flags|revision #)',
  'Default (mount options|directory hash)',
  'Errors behavior|Directory Hash Seed|Maximum mount count|Check interval',
  '(Inode|Block|Reserved block) count|First (block|inode)|Block size|Fragment size|Group descriptor size|Reserved GDT blocks',
  '(Blocks|Fragments|Inodes) per group|Inode blocks per group|Flex block group size|Inode size|(Required|Desired) extra isize',
  'Reserved blocks (uid|gid)|Journal (inode|backup)|Checksum type',
].join('|');

export const ext4: FilesystemKind = {
  type: 'ext4',
  summary: 'Linux filesystem with a journal, owners, modes, links and extended attributes',
  settings: {
    'block-size': Type.Integer({
      description: 'ext4: bytes in a block, 1024, 2048 or 4096. 4096 unless the volume is smaller than 32MiB',
      examples: [4096],
    }),
    'bytes-per-inode': Type.Integer({
      description: 'ext4: one file is possible for each of so many bytes. 16384, below 512MiB 4096',
      minimum: 1024,
      maximum: 4194304,
      examples: [16384],
    }),
    'reserved-percent': Type.Integer({
      description: 'ext4: part of the volume that only root may fill. 5 unless given',
      minimum: 0,
      maximum: 50,
      examples: [0],
    }),
  },
  mount: { type: 'ext4', options: '' },
  keepsUnixMetadata: true,
  plan(wanted) {
    checkLimits(wanted);
    const { sizeBytes } = wanted.volume;
    return {
      type: 'ext4',
      label: wanted.label ?? '',
      id: (wanted.id ?? uuidOf(wanted.seed)).toLowerCase(),
      settings: {
        'block-size': wanted.settings['block-size'] ?? (sizeBytes < 32 * mebibyte ? 1024 : 4096),
        'bytes-per-inode': wanted.settings['bytes-per-inode'] ?? (sizeBytes < 512 * mebibyte ? 4096 : 16384),
        'reserved-percent': wanted.settings['reserved-percent'] ?? 5,
      },
    };
  },
  format(filesystem, volume, device) {
    return sh`mke2fs ${mke2fsOptions(filesystem)} ${device} ${blockCount(filesystem, volume)}`;
  },
  resize: {
    way: 'in-place',
    shrinks: true,
    script: (filesystem, volume, device) => resizeExt(blockCount(filesystem, volume), device),
  },
  fresh: {
    identity(device) {
      return sh`
        head -c 1024 ${device} | sha256sum
        dumpe2fs -h ${device} 2>/dev/null | grep -E ${`^(${identityFields}):`}
      `;
    },
    layOut(filesystem, volume, folder, device) {
      const make: Script = sh`mke2fs ${mke2fsOptions(filesystem)} -d ${folder} ${device} ${blockCount(filesystem, volume)}`;
      return layOutExt4(make, folder, device);
    },
  },
};

function checkLimits({ volume, label = '', id, settings, epochSeconds }: WantedFilesystem): void {
  if (volume.sizeBytes < smallestBytes) {
    throw new JobMistake(
      volumeAt,
      `${sizeText(volume.sizeBytes)} are too small for ext4, because its tables and its journal take ${sizeText(smallestBytes)}`,
      'make the volume larger',
    );
  }
  if (Buffer.byteLength(label) > labelBytes || /[\u0000-\u001f\u007f]/.test(label)) {
    throw new JobMistake(
      labelAt,
      `the label ${quoted(label)} is not possible, because ext4 holds ${labelBytes} bytes without control characters`,
      'shorten it',
    );
  }
  if (id !== undefined && !isUuid(id)) {
    throw new JobMistake(
      idAt,
      `${quoted(id)} is no id for ext4, because that is a UUID`,
      `write it like ${quoted(uuidOf(derived(volume.disk.name, 'example')))}, or leave it out`,
    );
  }
  if (![undefined, 1024, 2048, 4096].includes(settings['block-size'])) {
    throw new JobMistake(
      settingAt('block-size'),
      `${settings['block-size']} is no block size for ext4`,
      'use one of: 1024, 2048, 4096',
    );
  }
  if (epochSeconds < 1 || epochSeconds > latestSeconds) {
    throw new JobMistake(
      typeAt,
      'ext4 keeps times from 1970 to January 2038, but the epoch of this build is another',
      'choose an epoch between them',
    );
  }
}

/**
 * The same bytes on every device. Disks are blank when they are made, so that nothing has to be zeroed; a fixed hash seed and
 * id keep mke2fs from waiting for random numbers; E2FSPROGS_FAKE_TIME is set in every step.
 */
function mke2fsOptions({ label, id, settings }: Filesystem): string[] {
  const extended = [
    `hash_seed=${uuidOf(derived(id, 'hash seed'))}`,
    'root_owner=0:0',
    'nodiscard',
    'assume_storage_prezeroed=1',
  ].join(',');
  return [
    ...['-q', '-F', '-t', 'ext4', '-O', `none,${features}`, '-I', '256'],
    ...['-b', String(settings['block-size']), '-i', String(settings['bytes-per-inode'])],
    ...['-m', String(settings['reserved-percent']), '-e', 'continue', '-L', label, '-U', id, '-E', extended],
  ];
}

function blockCount({ settings }: Filesystem, volume: Volume): number {
  return Math.floor(volume.sizeBytes / (settings['block-size'] ?? 4096));
}
