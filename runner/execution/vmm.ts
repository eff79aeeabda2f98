// A VMM as a build uses it: what was asked for, and what it turned out to be able to do.
import type { Adapter, AdapterDefinition, Arch, Probe } from '../../vmm-adapters/lib/adapter.ts';
import type { HostAddress } from '../../vmm-adapters/lib/ssh-address.ts';
import type { WorkFolder } from '../state/work-folder.ts';
import type { BootWay } from './machine.ts';

/** Results do not depend on any of it. */
export interface VmmChoice {
  /** As `--vmm` writes it: "qemu", "qemu:machine=pc:boot=bios"; what differs from the defaults. */
  readonly label: string;
  readonly definition: AdapterDefinition;
  /** The machine that the VMM runs on; undefined for this one. */
  readonly host: HostAddress | undefined;
  /** Of the adapter; checked and with defaults filled in. */
  readonly options: Readonly<Record<string, string>>;
  /** How the build-VM starts; the VMM's quickest way when undefined. */
  readonly boot: BootWay | undefined;
  /** Which build-VM carries the build out; the best that the VMM runs when undefined. */
  readonly buildVmArch: Arch | undefined;
  /** Attach no more disks to a machine, although the VMM could. */
  readonly mostDisks: number | undefined;
  /** Instead of what the build file says. */
  readonly cpus: number | undefined;
}

/** A VMM that was found usable. Whoever opened it closes it. */
export interface OpenVmm {
  readonly choice: VmmChoice;
  readonly adapter: Adapter;
  readonly facts: Extract<Probe, { usable: true }>;
  readonly work: WorkFolder;
}
