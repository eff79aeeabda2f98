// ext2, ext3 and ext4, one family: how each is made, when it is as vmb made it, and how it is made anew so that equal content
// is equal bytes.
import type { Filesystem, Volume } from '../disk.ts';
import { type FilesystemKind, type Keeps, type Mount, unixKeeps, type WantedFilesystem } from '../filesystem.ts';
import { checkByteLabel, checkChoice, checkSmallest, checkUuid } from '../filesystem-limits.ts';
import { derived, uuidOf } from '../ids.ts';
import { Type } from '../schema.ts';
import { type Script, sh } from '../shell.ts';
import { kibibyte, mebibyte } from '../size.ts';
import { signed32 } from '../times.ts';
import { layOutExt, settleExt } from './ext-layout.ts';
import { resizeExt } from './ext-resize.ts';

interface Generation {
  readonly type: 'ext2' | 'ext3' | 'ext4';
  readonly summary: string;
  /** Debian's defaults of mke2fs 1.47.0, spelt out so that a change of defaults changes no image. */
  readonly features: string;
  readonly smallestBytes: number;
  /** Why it cannot be smaller. */
  readonly smallestBecause: string;
}

const common = 'ext_attr,resize_inode,dir_index,sparse_super,large_file,filetype';
const newer = 'extent,64bit,flex_bg,huge_file,dir_nlink,extra_isize,metadata_csum';

const labelBytes = 16;

/** What dumpe2fs tells of a filesystem that changes by mke2fs and tune2fs only, never by use. */
const identityFields = [
  'Filesystem (volume name|UUID|features|flags|revision #)',
  'Default (mount options|directory hash)',
  'Errors behavior|Directory Hash Seed|Maximum mount count|Check interval',
  '(Inode|Block|Reserved block) count|First (block|inode)|Block size|Fragment size|Group descriptor size|Reserved GDT blocks',
  '(Blocks|Fragments|Inodes) per group|Inode blocks per group|Flex block group size|Inode size|(Required|Desired) extra isize',
  'Reserved blocks (uid|gid)|Journal (inode|backup)|Checksum type',
].join('|');

const settings = {
  'block-size': Type.Integer({
    description: 'ext2, ext3, ext4: bytes in a block, 1024, 2048 or 4096. 4096 unless the volume is smaller than 32MiB',
    examples: [4096],
  }),
  'bytes-per-inode': Type.Integer({
    description: 'ext2, ext3, ext4: one file is possible for each of so many bytes. 16384, below 512MiB 4096',
    minimum: 1024,
    maximum: 4194304,
    examples: [16384],
  }),
  'reserved-percent': Type.Integer({
    description: 'ext2, ext3, ext4: part of the volume that only root may fill. 5 unless given',
    minimum: 0,
    maximum: 50,
    examples: [0],
  }),
};

export const ext2 = kind({
  type: 'ext2',
  summary: 'the same without a journal',
  features: common,
  smallestBytes: 256 * kibibyte,
  smallestBecause: 'its tables take most of that',
});

export const ext3 = kind({
  type: 'ext3',
  summary: 'the same as ext2 with a journal',
  features: `has_journal,${common}`,
  smallestBytes: 4 * mebibyte,
  smallestBecause: 'its tables and its journal take most of that',
});

export const ext4 = kind({
  type: 'ext4',
  summary: 'Linux filesystem with a journal, owners, modes, links and extended attributes',
  features: `has_journal,${common},${newer}`,
  smallestBytes: 4 * mebibyte,
  smallestBecause: 'its tables and its journal take most of that',
});

function kind(generation: Generation): FilesystemKind {
  const { type, summary } = generation;
  return {
    type,
    summary,
    settings,
    mount: { type, options: '' },
    keeps: (filesystem) => keeps(generation, filesystem),
    // The superblock has no more bits, although inodes of 256 bytes do.
    times: signed32,
    settle: (device) => settleExt(device, readOnlyMount(type)),
    plan: (wanted) => planned(generation, wanted),
    format(filesystem, volume, device) {
      return sh`mke2fs ${mke2fsOptions(generation, filesystem)} ${device} ${blockCount(filesystem, volume)}`;
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
        const options = mke2fsOptions(generation, filesystem);
        const make: Script = sh`mke2fs ${options} -d ${folder} ${device} ${blockCount(filesystem, volume)}`;
        return layOutExt(make, folder, device, readOnlyMount(type));
      },
    },
  };
}

/** Nothing is replayed. ext2 has no journal that could be, and its driver refuses the option. */
function readOnlyMount(type: Generation['type']): Mount {
  return { type, options: type === 'ext2' ? 'ro' : 'ro,noload' };
}

/** Blocks are counted in 32 bits with extents; without them, by three levels of blocks of numbers, and below 2 TiB in sectors. */
function keeps({ type }: Generation, { settings }: Filesystem): Keeps {
  const bytes = settings['block-size'] ?? 4096;
  const numbers = bytes / 4;
  const mapped = (12 + numbers + numbers ** 2 + numbers ** 3) * bytes;
  const largestFileBytes = type === 'ext4' ? (2 ** 32 - 1) * bytes : Math.min(mapped, (2 ** 32 - 1) * 512);
  return { ...unixKeeps, largestFileBytes };
}

function planned(generation: Generation, wanted: WantedFilesystem): Filesystem {
  checkLimits(generation, wanted);
  const { sizeBytes } = wanted.volume;
  return {
    type: generation.type,
    label: wanted.label ?? '',
    id: (wanted.id ?? uuidOf(wanted.seed)).toLowerCase(),
    settings: {
      'block-size': wanted.settings['block-size'] ?? (sizeBytes < 32 * mebibyte ? 1024 : 4096),
      'bytes-per-inode': wanted.settings['bytes-per-inode'] ?? (sizeBytes < 512 * mebibyte ? 4096 : 16384),
      'reserved-percent': wanted.settings['reserved-percent'] ?? 5,
    },
  };
}

function checkLimits(generation: Generation, wanted: WantedFilesystem): void {
  const { type, smallestBytes, smallestBecause } = generation;
  checkSmallest(type, wanted, smallestBytes, smallestBecause);
  checkByteLabel(type, wanted, labelBytes);
  checkUuid(type, wanted);
  checkChoice(type, wanted, 'block-size', 'block size', [1024, 2048, 4096]);
}

/**
 * The same bytes on every device. Disks are blank when they are made, so that nothing has to be zeroed; a fixed hash seed and
 * id keep mke2fs from waiting for random numbers; E2FSPROGS_FAKE_TIME is set in every step.
 */
function mke2fsOptions({ type, features }: Generation, { label, id, settings }: Filesystem): string[] {
  const extended = [
    `hash_seed=${uuidOf(derived(id, 'hash seed'))}`,
    'root_owner=0:0',
    'nodiscard',
    'assume_storage_prezeroed=1',
  ].join(',');
  return [
    ...['-q', '-F', '-t', type, '-O', `none,${features}`, '-I', '256'],
    ...['-b', String(settings['block-size']), '-i', String(settings['bytes-per-inode'])],
    ...['-m', String(settings['reserved-percent']), '-e', 'continue', '-L', label, '-U', id, '-E', extended],
  ];
}

function blockCount({ settings }: Filesystem, volume: Volume): number {
  return Math.floor(volume.sizeBytes / (settings['block-size'] ?? 4096));
}
