// UFS1 and UFS2: the filesystems of the BSDs. Linux only reads them, so that a formatter of vmb's own fills them at export.
import type { FilesystemKind } from '../filesystem.ts';
import { checkHexId, checkLargest, checkNoLabel, refusedLabel } from '../filesystem-limits.ts';
import { sh } from '../shell.ts';
import { gibibyte } from '../size.ts';
import { signed32, signed64 } from '../times.ts';
import { staged } from './staged.ts';

// mkufs counts pieces of 4 KiB with 31 bits, as UFS1 does: that is a little less than 8 TiB.
const largestBytes = 8191 * gibibyte;

// What FreeBSD's newfs takes: it is a name in /dev/ufs there.
const mostLabelCharacters = 31;

export const ufs: FilesystemKind = ufsKind('ufs', 1, 'of the BSDs, in its old form, UFS1');
export const ufs2: FilesystemKind = ufsKind('ufs2', 2, 'of FreeBSD and NetBSD');

function ufsKind(type: 'ufs' | 'ufs2', version: 1 | 2, summary: string): FilesystemKind {
  return staged({
    type,
    summary: `${summary}; no extended attributes`,
    keeps: { attributes: false },
    times: version === 1 ? signed32 : signed64,
    exported: { type: 'ufs', options: `ufstype=${version === 1 ? '44bsd' : 'ufs2'}` },
    plan(wanted) {
      checkLargest(type, wanted, largestBytes, 'it counts pieces of 4KiB with 31 bits');
      checkHexId(type, wanted, 16);
      if (version === 1) {
        checkNoLabel(type, wanted);
      } else if (!/^[A-Za-z0-9_-]*$/.test(wanted.label ?? '') || (wanted.label ?? '').length > mostLabelCharacters) {
        throw refusedLabel(
          wanted.label ?? '',
          `${type} holds ${mostLabelCharacters} letters of a-z and A-Z, digits, "-" and "_"`,
          'choose another',
        );
      }
      const id = (wanted.id?.replace('-', '') ?? wanted.seed.slice(0, 16)).toLowerCase();
      return { type, label: wanted.label ?? '', id, settings: {} };
    },
    make: ({ label, id }, folder, device) =>
      sh`mkufs --version ${version} --label ${label} --id ${id} --time "$SOURCE_DATE_EPOCH" ${device} ${folder}`,
  });
}
