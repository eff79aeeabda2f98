// Cases about the ways in which a machine starts.
import type { BootWay } from '../../execution/machine.ts';
import type { Bench } from '../bench.ts';
import { type ConformanceCase, difference, type Finding, notApplicable, verdict } from '../case.ts';
import { broken } from '../sentences.ts';
import { makeFile, runTrial } from '../trial.ts';
import { mebibyte, type TrialSetting } from '../trial-session.ts';

const subject = 'boot';

export const bootCases: readonly ConformanceCase[] = [
  {
    number: 40,
    subject,
    name: 'boot by kernel',
    promise: 'Where it says that it boots kernels, it does, with disk 1 attached.',
    run: (bench) => bootBy(bench, 'kernel'),
  },
  {
    number: 41,
    subject,
    name: 'boot by BIOS',
    promise: 'Where it says that its BIOS starts machines, it starts the system disk.',
    run: (bench) => bootBy(bench, 'bios'),
  },
  {
    number: 42,
    subject,
    name: 'boot by UEFI',
    promise: 'Where it says that its UEFI firmware starts machines, it starts the system disk.',
    run: (bench) => bootBy(bench, 'uefi'),
  },
  {
    number: 43,
    subject,
    name: 'only disk 1 is started',
    promise: 'Firmware starts the system disk, although a build disk could be started, too.',
    run: onlyTheFirst,
  },
];

function obstacle({ probe, buildVm }: Bench, way: BootWay): Finding | undefined {
  if (!probe.capabilities.boots.includes(way)) return notApplicable(`It does not boot by ${way}.`);
  if (way === 'kernel' && buildVm.kernelPath === undefined) return notApplicable('The build-VM is a system disk.');
  if (way !== 'kernel' && buildVm.systemDisk === undefined) return notApplicable('The build-VM has no system disk.');
  return undefined;
}

async function bootBy(bench: Bench, way: BootWay): Promise<Finding> {
  const found = obstacle(bench, way);
  if (found !== undefined) return found;
  const setting: TrialSetting = { id: `by-${way}`, boot: way, steps: [{ script: 'echo up' }] };
  return runTrial(bench, setting, async (course) =>
    verdict([broken(course), difference('what its step said', 'up\n', course.output(1).toString())]),
  );
}

/** The build disk begins with a boot sector that resets the machine, or hangs where there is no keyboard controller. */
async function onlyTheFirst(bench: Bench): Promise<Finding> {
  const { probe } = bench;
  const way = (['bios', 'uefi'] as const).find((firmware) => obstacle(bench, firmware) === undefined);
  if (way === undefined) return notApplicable('It starts no disks by firmware.');
  if (probe.capabilities.mostDisks === 2) return notApplicable('It has no third disk.');
  const sector = Buffer.alloc(512);
  // mov al,0xfe; out 0x64,al; hlt; jmp back
  sector.set([0xb0, 0xfe, 0xe6, 0x64, 0xf4, 0xeb, 0xfd]);
  sector.set([0x55, 0xaa], 510);
  const path = await makeFile(bench, 'bootable.img', sector);
  const setting: TrialSetting = {
    id: 'first-disk',
    boot: way,
    steps: [{ script: 'od -An -tx1 -N4 /dev/vmb/bootable' }],
    disks: [{ name: 'bootable', sizeBytes: mebibyte, content: { kind: 'copy-of', path } }],
  };
  return runTrial(bench, setting, async (course) =>
    verdict([
      broken(course),
      difference('the beginning of the build disk', ' b0 fe e6 64\n', course.output(1).toString()),
    ]),
  );
}
