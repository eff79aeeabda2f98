// All cases of the kit, by number. A number never changes what it means.
import type { ConformanceCase } from './case.ts';
import { adapterCases } from './cases/adapter.ts';
import { bootCases } from './cases/boot.ts';
import { diskCases } from './cases/disks.ts';
import { endingCases } from './cases/endings.ts';
import { hostCases } from './cases/host.ts';
import { serialCases } from './cases/serial.ts';
import { stepCases } from './cases/steps.ts';
import { stoppingCases } from './cases/stopping.ts';

export const allCases: readonly ConformanceCase[] = [
  ...adapterCases,
  ...diskCases,
  ...stepCases,
  ...serialCases,
  ...endingCases,
  ...stoppingCases,
  ...bootCases,
  ...hostCases,
];
