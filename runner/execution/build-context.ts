// What a build is given besides its plan.
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import type { HostAddress } from '../../vmm-adapters/lib/ssh-address.ts';
import type { EventSink } from '../event.ts';
import type { Registry } from '../registry.ts';
import type { Folders } from '../state/folders.ts';
import type { BootWay } from './machine.ts';

/** How a build is to be done; results do not depend on it. */
export interface BuildOptions {
  /** Folder for the artifacts; made when missing. Existing files of the same names are replaced when the build has succeeded. */
  readonly outFolder: string;
  readonly vmm: string;
  /** The machine that the VMM runs on; undefined for this one. */
  readonly host: HostAddress | undefined;
  /** Checked and with defaults filled in. */
  readonly vmmOptions: Readonly<Record<string, string>>;
  /** How the build-VM starts; the VMM's quickest way when undefined. */
  readonly boot: BootWay | undefined;
  /** Attach no more disks to a machine, although the VMM could. */
  readonly mostDisks: number | undefined;
  /** Keep the disks of a failing session, and print how to look closer. */
  readonly keep: boolean;
}

/** Everything around a build that tests may replace. */
export interface BuildContext {
  readonly folders: Folders;
  readonly registry: Registry;
  readonly commands: CommandRunner;
  readonly buildVm: BuildVm;
  readonly vmbVersion: string;
  readonly emit: EventSink;
  readonly signal: AbortSignal;
}
