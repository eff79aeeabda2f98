// btrfs: a filesystem with checksums and snapshots, with everything that Unix keeps.
import { type FilesystemKind, unixKeeps, type WantedFilesystem } from '../filesystem.ts';
import { checkByteLabel, checkSmallest, checkUuid } from '../filesystem-limits.ts';
import { uuidOf } from '../ids.ts';
import { type Script, sh } from '../shell.ts';
import { mebibyte } from '../size.ts';
import { signed64 } from '../times.ts';

const smallestBytes = 109 * mebibyte;
const labelBytes = 255;
const sectorBytes = 4096;
// btrfs_ioctl_resize of Linux: SZ_256M.
const smallestResizedBytes = 256 * mebibyte;

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
  resize: {
    way: 'in-place',
    shrinks: true,
    smallest: { bytes: smallestResizedBytes, because: 'the driver of btrfs gives no size below 256MiB' },
    script: (_filesystem, { sizeBytes }, device) => resized(Math.floor(sizeBytes / sectorBytes) * sectorBytes, device),
  },
  times: signed64,
  fresh: undefined,
};

/** What lies behind the new end is moved by the driver, which needs room in front of it for that. */
function resized(sizeBytes: number, device: string): Script {
  return sh`
    vmb_mount ${device} /mnt/resized btrfs
    least=$(btrfs inspect-internal min-dev-size /mnt/resized | sed -n 's/^\([0-9][0-9]*\) bytes.*/\1/p')
    [ -n "$least" ] || vmb_fail 'btrfs could not tell how small the filesystem can be'
    if [ "$least" -gt ${sizeBytes} ]; then
      umount /mnt/resized
      trouble="because what is in it needs $least bytes, and only ${sizeBytes} would be left"
      return 0
    fi
    btrfs filesystem resize ${sizeBytes} /mnt/resized > /tmp/btrfs 2>&1 || {
      cat /tmp/btrfs
      vmb_fail 'btrfs could not give the filesystem another size'
    }
    umount /mnt/resized
    btrfs check --readonly ${device} > /tmp/btrfs 2>&1 || {
      cat /tmp/btrfs
      vmb_fail 'btrfs finds errors after it has resized the filesystem'
    }
  `;
}

function checkLimits(wanted: WantedFilesystem): void {
  checkSmallest('btrfs', wanted, smallestBytes, 'mkfs.btrfs makes none that is smaller');
  checkByteLabel('btrfs', wanted, labelBytes);
  checkUuid('btrfs', wanted);
}
