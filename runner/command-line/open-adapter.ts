// Opens a VMM's adapter with everything that it gets from the core.
import type { BuildVmArch } from '../../build-vm/make/arch.ts';
import { findBuildVm } from '../../build-vm/make/find-build-vm.ts';
import type { Adapter, AdapterDefinition, Transfer } from '../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../vmm-adapters/lib/command.ts';
import type { HostAddress } from '../../vmm-adapters/lib/ssh-address.ts';
import { optionTables } from '../execution/option-tables.ts';
import type { WorkFolder } from '../state/work-folder.ts';
import type { Context } from './command.ts';

/** `options`: checked, and with defaults filled in. `host`: the machine that the VMM runs on. Its user closes it. */
export async function openAdapter(
  definition: AdapterDefinition,
  work: WorkFolder,
  options: Readonly<Record<string, string>>,
  context: Context,
  host?: HostAddress,
  onTransfer?: (transfer: Transfer) => void,
): Promise<Adapter> {
  const find = (arch: BuildVmArch) => findBuildVm({ cacheFolder: context.folders.cache, arch });
  const buildVm = find('x86_64');
  const { files } = find('i686') ?? buildVm ?? {};
  return definition.open({
    host,
    onTransfer,
    commands: localCommands,
    workFolder: await work.forAdapter(definition.name),
    cacheFolder: context.folders.cache,
    trial: buildVm && {
      kernelPath: buildVm.files.efi,
      systemDiskPath: buildVm.files.systemDisk,
      digest: buildVm.digest,
    },
    bios: files && { systemPath: files.bios, videoPath: files.videoBios },
    options,
    tables: optionTables(definition, options),
  });
}
