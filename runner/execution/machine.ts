// Makes a session's machine: what it needs, and how it starts.
import type { Session } from '../../build-vm/border/session.ts';
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import type { Boot, Capabilities, Machine } from '../../vmm-adapters/lib/adapter.ts';
import { RunnerError } from '../runner-error.ts';

/** A way to start the build-VM: `kernel` directly, or a firmware that starts the system disk. */
export type BootWay = Capabilities['boots'][number];

/** The way that was asked for; else direct kernel boot where the VMM has it, which saves the firmware's time. @throws RunnerError `no-vmm` */
export function chooseBootWay(vmm: string, { boots }: Capabilities, wanted: BootWay | undefined): BootWay {
  const [first] = boots;
  if (first === undefined) throw new Error('Internal error: the adapter names no way to boot');
  if (wanted === undefined || boots.includes(wanted)) return wanted ?? first;
  throw new RunnerError(
    'no-vmm',
    `--boot: ${vmm} cannot start machines by ${wanted} here; it can by: ${boots.join(', ')}.`,
  );
}

export function machineOf(session: Session, boot: Boot): Machine {
  // A build-VM has its clock set at each step; a target-VM's services read it before the agent runs.
  const [first] = session.guest === 'target-VM' ? session.steps : [];
  const clock = first === undefined ? {} : { clockSeconds: first.clockSeconds };
  return { id: session.id, ...session.machine, ...clock, boot, disks: session.disks };
}

/** How the build-VM starts. */
export function buildVmBoot(buildVm: BuildVm, way: BootWay): Boot {
  const { efi, vmlinuz, initramfs } = buildVm.files;
  const parts = { kernelPath: vmlinuz, initramfsPath: initramfs };
  if (way === 'kernel') return { kind: 'kernel', kernelPath: efi, parts, commandLine: '' };
  return { kind: 'firmware', firmware: way };
}
