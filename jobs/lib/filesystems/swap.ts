// swap: an area for pages, which holds no files. It is formatted, and kept as it is by export.
import { type FilesystemKind, unixKeeps } from '../filesystem.ts';
import { checkByteLabel, checkSmallest, checkUuid } from '../filesystem-limits.ts';
import { uuidOf } from '../ids.ts';
import { sh } from '../shell.ts';
import { kibibyte } from '../size.ts';
import { signed64 } from '../times.ts';

// mkswap cuts a longer one off: a field of 16 bytes with a NUL at its end.
const labelBytes = 15;
// Of a machine that swaps there; all that vmb builds for have pages of this size.
const pageBytes = 4096;

export const swap: FilesystemKind = {
  type: 'swap',
  summary: 'an area for pages of memory, which holds no files',
  settings: {},
  mount: { impossible: 'because it is for pages of memory' },
  needsTools: true,
  keeps: () => ({ ...unixKeeps, largestFileBytes: 0 }),
  plan(wanted) {
    checkSmallest('swap', wanted, 40 * kibibyte, 'mkswap makes none with less than ten pages');
    checkByteLabel('swap', wanted, labelBytes);
    checkUuid('swap', wanted);
    return {
      type: 'swap',
      label: wanted.label ?? '',
      id: (wanted.id ?? uuidOf(wanted.seed)).toLowerCase(),
      settings: {},
    };
  },
  format({ label, id }, _volume, device) {
    const options = ['-p', String(pageBytes), '-U', id, ...(label === '' ? [] : ['-L', label])];
    return sh`mkswap ${options} ${device} > /dev/null`;
  },
  times: signed64,
  fresh: undefined,
};
