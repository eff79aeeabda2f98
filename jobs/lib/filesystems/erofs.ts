// EROFS: read-only, for systems that run from it and read at random.
import { idAt } from '../filesystem.ts';
import { isUuid, uuidOf } from '../ids.ts';
import { JobMistake } from '../mistake.ts';
import { quoted } from '../quoted.ts';
import { sh } from '../shell.ts';
import { readingSettled, signed64, type Times } from '../times.ts';
import { refuseLabel, staged } from './staged.ts';

const type = 'erofs';
// Seconds without a sign in 64 bits.
const times: Times = { first: 0, last: signed64.last };

export const erofs = staged({
  type,
  summary: 'read-only, compressed, quick at reading',
  exported: { type, options: '' },
  times,
  plan({ label, id, seed }) {
    refuseLabel(type, label);
    if (id !== undefined && !isUuid(id)) {
      throw new JobMistake(
        idAt,
        `${quoted(id)} is no id for erofs, because that is a UUID`,
        `write it like ${quoted(uuidOf(seed))}, or leave it out`,
      );
    }
    return { type, label: '', id: (id ?? uuidOf(seed)).toLowerCase(), settings: {} };
  },
  // SOURCE_DATE_EPOCH is its own time.
  make: ({ id }, folder, device) =>
    sh`${readingSettled(times)} mkfs.erofs --quiet -z lz4hc -U ${id} ${device} ${folder}`,
});
