// NTFS: formatted by mkntfs, written by ntfs-3g, a driver outside of the kernel; how it is made anew so that equal content is equal bytes.
import { copyInOrder } from '../copy-in-order.ts';
import type { Filesystem, Volume } from '../disk.ts';
import { type FilesystemKind, type Keeps, type Mount, type WantedFilesystem, windowsName } from '../filesystem.ts';
import { checkHexId, checkLargest, checkSmallest, checkWideLabel } from '../filesystem-limits.ts';
import { type Script, sh } from '../shell.ts';
import { gibibyte, mebibyte, sectorBytes } from '../size.ts';
import { signed64 } from '../times.ts';
import { startBytes } from '../volume-start.ts';

const smallestBytes = 2 * mebibyte;
const largestBytes = 16 * 1024 * gibibyte - 4096;
const clusterBytes = 4096;
const labelCharacters = 128;
const mostHiddenSectors = 2 ** 32 - 1;

const keeps: Keeps = {
  largestId: undefined,
  modes: false,
  attributes: false,
  symbolicLinks: true,
  hardLinks: true,
  largestFileBytes: largestBytes,
  name: {
    ...windowsName,
    // As the driver's option windows_names has it.
    never: {
      like: /[. ]$|^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)/i,
      because: 'which Windows does not take for a name',
    },
  },
};

// fs/ntfs3 of Linux 6.1.192 cannot make files where mkntfs formatted. Links and device nodes are as Windows' subsystem for Unix had
// them. Named streams are user.* attributes, because without any ntfs-3g 2022.10.3 answers with an old error when asked for a list.
const mount: Mount = {
  type: 'ntfs-3g',
  options: 'uid=0,gid=0,umask=022,windows_names,streams_interface=xattr,special_files=interix,big_writes',
  isTool: true,
};

export const ntfs: FilesystemKind = {
  type: 'ntfs',
  summary: 'what Windows uses; links, but no owners, modes or extended attributes',
  settings: {},
  mount,
  needsTools: true,
  keeps: () => keeps,
  times: signed64,
  plan(wanted) {
    checkLimits(wanted);
    const id = wanted.id?.replace('-', '') ?? wanted.seed.slice(0, 16);
    return { type: 'ntfs', label: wanted.label ?? '', id: id.toUpperCase(), settings: {} };
  },
  format: made,
  resize: { way: 'anew' },
  fresh: {
    identity(device) {
      return sh`
        head -c 8192 ${device} | sha256sum
        ntfslabel ${device}
      `;
    },
    layOut(filesystem, volume, folder, device) {
      return sh`
        ${made(filesystem, volume, device)}
        ${copyInOrder(folder, device, mount)}
      `;
    },
  },
};

function made({ label, id }: Filesystem, volume: Volume, device: string): Script {
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
}

function checkLimits(wanted: WantedFilesystem): void {
  checkSmallest('ntfs', wanted, smallestBytes, 'its tables take most of that');
  checkLargest('ntfs', wanted, largestBytes, `its clusters of ${clusterBytes} bytes are counted in 32 bits`);
  checkWideLabel('ntfs', wanted, labelCharacters);
  checkHexId('ntfs', wanted, 16);
}
