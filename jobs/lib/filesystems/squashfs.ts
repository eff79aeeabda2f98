// squashfs: compressed and read-only, for systems that run from it.
import { idAt } from '../filesystem.ts';
import { JobMistake } from '../mistake.ts';
import { quoted } from '../quoted.ts';
import { sh } from '../shell.ts';
import { readingSettled, unsigned32 } from '../times.ts';
import { refuseLabel, staged } from './staged.ts';

const type = 'squashfs';

export const squashfs = staged({
  type,
  summary: 'read-only and compressed',
  exported: { type, options: '' },
  times: unsigned32,
  plan({ label, id, seed }) {
    refuseLabel(type, label);
    if (id !== undefined) {
      throw new JobMistake(idAt, `the id ${quoted(id)} is not possible, because squashfs has none`, 'leave it out');
    }
    return { type, label: '', id: seed.slice(0, 16), settings: {} };
  },
  // SOURCE_DATE_EPOCH is its own time.
  make: (_filesystem, folder, device) =>
    sh`${readingSettled(unsigned32)} mksquashfs ${folder} ${device} -noappend -quiet -no-progress -exit-on-error -comp zstd -Xcompression-level 15 -b 131072 -mem 64M`,
});
