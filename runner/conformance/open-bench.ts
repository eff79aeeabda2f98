// Opens the VMM and the build-VM for a run of the kit, or says why they cannot be used.
import type { AdapterDefinition, Capabilities } from '../../vmm-adapters/lib/adapter.ts';
import { type BootWay, chooseBootWay } from '../execution/machine.ts';
import { RunnerError } from '../runner-error.ts';
import type { WorkFolder } from '../state/work-folder.ts';
import type { Bench, BuildVmUnderTest, OpenedAdapter } from './bench.ts';

export interface KitOptions {
  readonly definition: AdapterDefinition;
  /** Each call opens the VMM anew, in a folder of its own inside of the work folder. */
  openAdapter(name: string): Promise<OpenedAdapter>;
  /** The build-VM for one of these architectures. @throws RunnerError `no-build-vm` */
  findBuildVm(architectures: Capabilities['architectures']): Promise<BuildVmUnderTest>;
  readonly bootWay: BootWay | undefined;
  readonly work: WorkFolder;
  readonly vmb: Bench['vmb'];
  readonly signal: AbortSignal;
}

/** @throws RunnerError `no-vmm`, `no-build-vm` */
export async function openBench(options: KitOptions): Promise<Bench> {
  const { definition, signal, vmb, work } = options;
  const first = await options.openAdapter(definition.name);
  const all: OpenedAdapter[] = [first];
  const close = async () => {
    for (const { adapter } of all.splice(0)) await adapter.close?.(false);
  };
  try {
    const probe = await first.adapter.probe(signal);
    if (!probe.usable) {
      throw new RunnerError('no-vmm', `${definition.name} cannot be used here: ${probe.reason} ${probe.remedy}`);
    }
    const buildVm = await options.findBuildVm(probe.capabilities.architectures);
    const bootWay = bootWayFor(definition.name, probe.capabilities, buildVm, options.bootWay);
    const folder = await work.forAdapter('conformance-kit');
    const openAnother = async () => {
      const another = await options.openAdapter(`${definition.name}-${all.length}`);
      all.push(another);
      await another.adapter.probe(signal);
      return another;
    };
    return { ...first, definition, probe, buildVm, bootWay, folder, signal, vmb, openAnother, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function bootWayFor(vmm: string, capabilities: Capabilities, buildVm: BuildVmUnderTest, wanted: BootWay | undefined) {
  const boots = capabilities.boots.filter((way) =>
    way === 'kernel' ? buildVm.kernelPath !== undefined : buildVm.systemDisk !== undefined,
  );
  if (boots.length > 0) return chooseBootWay(vmm, { ...capabilities, boots }, wanted);
  throw new RunnerError(
    'no-build-vm',
    `--build-vm: ${vmm} starts machines by ${capabilities.boots.join(', ')}, and ${buildVm.name} cannot be started so; give it an EFI kernel for kernel, or a system disk for bios and uefi.`,
  );
}
