// UDF: the filesystem of optical media, which every system reads and writes on large disks, too.
import type { Filesystem } from '../disk.ts';
import { type FilesystemKind, idAt, labelAt, unixKeeps, volumeAt, type WantedFilesystem } from '../filesystem.ts';
import { JobMistake } from '../mistake.ts';
import { quoted } from '../quoted.ts';
import { sh } from '../shell.ts';
import { mebibyte, sectorBytes, sizeText } from '../size.ts';
import { signed64 } from '../times.ts';

const smallestBytes = mebibyte;
// OSTA UDF 2.01, 2.1.3: a dstring of 128 bytes has a byte for the kind of characters and one for its length.
const labelCharacters = { narrow: 126, wide: 63 };

export const udf: FilesystemKind = {
  type: 'udf',
  summary: 'of optical media, for every system; owners, modes and links, no extended attributes',
  settings: {},
  mount: { type: 'udf', options: `bs=${sectorBytes},iocharset=utf8` },
  keeps: () => ({
    ...unixKeeps,
    attributes: false,
    largestFileBytes: Number.MAX_SAFE_INTEGER,
    name: { most: 254, unit: 'bytes', without: '' },
  }),
  needsTools: true,
  plan(wanted) {
    check(wanted);
    return {
      type: 'udf',
      label: wanted.label ?? '',
      id: wanted.id?.toLowerCase() ?? wanted.seed.slice(0, 16),
      settings: {},
    };
  },
  format(filesystem, { sizeBytes }, device) {
    return sh`vmb_fixed ${filesystem.id} mkudffs ${mkudffsOptions(filesystem)} ${device} ${Math.floor(sizeBytes / sectorBytes)} > /dev/null`;
  },
  // ECMA-167, 1/7.3: years with a sign in 16 bits.
  times: signed64,
  fresh: undefined,
};

function mkudffsOptions({ label, id }: Filesystem): string[] {
  const fixed = ['--utf8', '--media-type=hd', `--blocksize=${sectorBytes}`, '--udfrev=2.01', '--uid=0', '--gid=0'];
  return [...fixed, '--mode=0755', `--label=${label}`, `--uuid=${id}`];
}

function check({ volume, label = '', id }: WantedFilesystem): void {
  if (volume.sizeBytes < smallestBytes) {
    throw new JobMistake(
      volumeAt,
      `${sizeText(volume.sizeBytes)} are too small for udf, because its descriptors take up to ${sizeText(smallestBytes)}`,
      'make the volume larger',
    );
  }
  const most = /^[\u0000-\u00ff]*$/.test(label) ? labelCharacters.narrow : labelCharacters.wide;
  if (label.length > most || /[\u0000-\u001f\u007f]/.test(label)) {
    throw new JobMistake(
      labelAt,
      `the label ${quoted(label)} is not possible, because udf holds ${most} characters of this kind, and no control characters`,
      'shorten it',
    );
  }
  if (id !== undefined && !/^[0-9A-Fa-f]{16}$/.test(id)) {
    throw new JobMistake(
      idAt,
      `${quoted(id)} is no id for udf, because that has sixteen hexadecimal digits`,
      'write it like "1a2b3c4d5e6f7081", or leave it out',
    );
  }
}
