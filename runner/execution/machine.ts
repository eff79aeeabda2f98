// Chooses how a session's machine starts, by what the VMM can do.

import type { Session } from '../../build-vm/border/session.ts';
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import type { Boot, Capabilities, Machine } from '../../vmm-adapters/lib/adapter.ts';

/** Direct kernel boot where the VMM has it, as it saves the firmware's time; otherwise the system disk. */
export function machineOf(session: Session, buildVm: BuildVm, capabilities: Capabilities): Machine {
  return { id: session.id, ...session.machine, boot: bootOf(buildVm, capabilities), disks: session.disks };
}

function bootOf(buildVm: BuildVm, capabilities: Capabilities): Boot {
  const [way] = capabilities.boots;
  if (way === undefined) throw new Error('Internal error: the adapter names no way to boot');
  if (way === 'kernel') return { kind: 'kernel', kernelPath: buildVm.files.efi, commandLine: '' };
  return { kind: 'firmware', firmware: way };
}
