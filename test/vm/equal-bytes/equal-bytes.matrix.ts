// `make equal-bytes`: every job there is, and the bundled example, on every kind of machine.
import { afterAll, beforeAll, test } from 'vitest';
import { makeVmb, type Vmb } from '../vmb.ts';
import { addEveryJob, expectEqual } from './compared.ts';
import { allMachines } from './machines.ts';

let vmb: Vmb;
beforeAll(async () => {
  vmb = makeVmb();
  await addEveryJob(vmb);
});
afterAll(() => vmb.remove());

test('every job', () => expectEqual(vmb, 'equal-bytes', 'every-job', allMachines));

test('hello-efi', () => expectEqual(vmb, 'images', 'hello-efi', allMachines));
