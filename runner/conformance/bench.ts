// What every case gets: the VMM under test, the build-VM, folders, and what the whole run shares.
import type { Adapter, AdapterDefinition, Arch, Probe } from '../../vmm-adapters/lib/adapter.ts';
import type { BootWay } from '../execution/machine.ts';

/** Any build-VM that speaks the protocol: an EFI program or kernel, a system disk, or both. */
export interface BuildVmUnderTest {
  readonly arch: Arch;
  /** For people: a digest or a path. */
  readonly name: string;
  readonly kernelPath: string | undefined;
  readonly systemDisk: { readonly path: string; readonly sizeBytes: number } | undefined;
}

export interface OpenedAdapter {
  readonly adapter: Adapter;
  /** The adapter's own. */
  readonly workFolder: string;
}

export interface Bench extends OpenedAdapter {
  readonly definition: AdapterDefinition;
  readonly probe: Extract<Probe, { usable: true }>;
  readonly buildVm: BuildVmUnderTest;
  readonly bootWay: BootWay;
  /** The kit's own files. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** The VMM a second time, as another build would open it. */
  openAnother(): Promise<OpenedAdapter>;
  /** Lets go of every VMM that was opened. */
  close(): Promise<void>;
  /** How the real vmb is started, as words; `build` options that choose this VMM. */
  readonly vmb: {
    readonly program: readonly string[];
    readonly options: readonly string[];
    readonly cacheFolder: string;
  };
}
