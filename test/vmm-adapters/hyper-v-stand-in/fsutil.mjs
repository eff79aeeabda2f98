// Stands in for Windows' fsutil: `fsutil sparse setflag FILE 0`, without which Hyper-V attaches no disk that qemu-img made.
import { existsSync } from 'node:fs';
import { markWhole } from './machines.mjs';

const [subject, verb, file, flag, ...rest] = process.argv.slice(2);
if (subject !== 'sparse' || verb !== 'setflag' || flag !== '0' || rest.length > 0 || !existsSync(file ?? '')) {
  process.stderr.write('Error: fsutil sparse setflag FILE 0 is all that there is here.\n');
  process.exit(1);
}
markWhole(file);
