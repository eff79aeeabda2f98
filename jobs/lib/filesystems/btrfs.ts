// btrfs: a filesystem with checksums and snapshots, with everything that Unix keeps.
import { type FilesystemKind, unixKeeps, type WantedFilesystem } from '../filesystem.ts';
import { checkByteLabel, checkSmallest, checkUuid } from '../filesystem-limits.ts';
import { uuidOf } from '../ids.ts';
import { sh } from '../shell.ts';
import { mebibyte } from '../size.ts';

const smallestBytes = 109 * mebibyte;
const labelBytes = 255;

export const btrfs: FilesystemKind = {
  type: 'btrfs',
  summary: 'Linux filesystem with checksums and snapshots, owners, modes, links and extended attributes',
  settings: {},
  mount: { type: 'btrfs', options: '' },
  needsTools: true,
  keeps: () => ({ ...unixKeeps, largestFileBytes: Number.MAX_SAFE_INTEGER }),
  plan(wanted) {
    checkLimits(wanted);
    return {
      type: 'btrfs',
      label: wanted.label ?? '',
      id: (wanted.id ?? uuidOf(wanted.seed)).toLowerCase(),
      settings: {},
    };
  },
  format({ label, id }, _volume, device) {
    // Defaults of mkfs.btrfs 6.2, spelt out. The ids of devices and trees have no option.
    const options = [
      ...['-q', '-f', '-K', '-n', '16384', '-s', '4096', '-m', 'dup', '-d', 'single', '--checksum', 'crc32c'],
      ...[
        '-O',
        'extref,skinny-metadata,no-holes',
        '-R',
        'free-space-tree',
        '-U',
        id,
        ...(label === '' ? [] : ['-L', label]),
      ],
    ];
    return sh`vmb_fixed ${id} mkfs.btrfs ${options} ${device} > /dev/null`;
  },
  fresh: undefined,
};

function checkLimits(wanted: WantedFilesystem): void {
  checkSmallest('btrfs', wanted, smallestBytes, 'mkfs.btrfs makes none that is smaller');
  checkByteLabel('btrfs', wanted, labelBytes);
  checkUuid('btrfs', wanted);
}
