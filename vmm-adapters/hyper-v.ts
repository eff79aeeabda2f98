// Hyper-V on Windows: machines of generation 2 (UEFI) and generation 1 (BIOS), made by PowerShell and removed whatever happens.
import type { Adapter, AdapterContext, AdapterDefinition, AdapterOption, Arch, Boot, Machine } from './lib/adapter.ts';
import { AdapterError } from './lib/adapter-error.ts';
import { localCommands } from './lib/command.ts';
import { makeHyperVDisks } from './lib/hyper-v-disks.ts';
import { localHost } from './lib/hyper-v-host.ts';
import { startHyperV } from './lib/hyper-v-machine.ts';
import { probeHyperV } from './lib/hyper-v-probe.ts';
import { machineName, removeRecorded } from './lib/hyper-v-removal.ts';
import { createScript, type Generation } from './lib/hyper-v-script.ts';
import { powershellArguments } from './lib/powershell.ts';
import { makeQemuImg } from './lib/qemu-img.ts';
import { runPowershell } from './lib/run-powershell.ts';

const options = {
  generation: {
    summary: 'of the machine: 2 has UEFI and SCSI disks, 1 has BIOS and four IDE disks',
    values: ['2', '1'],
  },
} as const satisfies Readonly<Record<string, AdapterOption>>;

export const adapter: AdapterDefinition = {
  name: 'hyper-v',
  summary: 'Hyper-V on Windows',
  preference: 2,
  shortcomings:
    'Machines start from their firmware, which takes some seconds, and disks are converted from raw and back.',
  options,
  async sweep(workFolder) {
    try {
      await removeRecorded((script) => runPowershell(localCommands, script), workFolder);
    } catch (error) {
      // Without PowerShell there is no Hyper-V, and nothing of it is left.
      if (!(error instanceof AdapterError && error.code === 'program-missing')) throw error;
    }
  },
  open: openHyperV,
};

function openHyperV({ commands, workFolder, options: chosen }: AdapterContext): Adapter {
  const generation: Generation = chosen['generation'] === '1' ? 1 : 2;
  const host = localHost(commands, workFolder);
  const disks = makeHyperVDisks(workFolder, generation, host, makeQemuImg(commands));
  const scriptOf = (machine: Machine) =>
    createScript({
      name: machineName(workFolder, machine.id),
      generation,
      memoryBytes: machine.memoryBytes,
      cpus: machine.cpus,
      diskPaths: machine.disks.map(disks.find),
      folder: host.folder(),
    });
  return {
    probe: () => probeHyperV(commands, host.powershell, generation),
    place: disks.place,
    collect: disks.collect,
    remove: disks.remove,
    command: (machine) => ['powershell', ...powershellArguments(scriptOf(machine))],
    async boot(machine, signal) {
      requireBootable(machine, generation);
      const { powershell, connect } = host;
      const name = machineName(workFolder, machine.id);
      return startHyperV({ powershell, name, script: scriptOf(machine), workFolder, connect }, signal);
    },
  };
}

function requireBootable({ boot, arch }: Machine, generation: Generation): void {
  const obstacle = obstacleTo(boot, arch, generation);
  if (obstacle !== undefined) throw new AdapterError('adapter-unusable', obstacle);
}

function obstacleTo(boot: Boot, arch: Arch, generation: Generation): string | undefined {
  if (boot.kind === 'kernel') return 'Hyper-V starts machines from their firmware only, not from a kernel file.';
  const [firmware, other] = generation === 1 ? (['bios', 2] as const) : (['uefi', 1] as const);
  if (boot.firmware !== firmware)
    return `Machines of generation ${generation} start by ${firmware}, not by ${boot.firmware}. Take --vmm-option generation=${other}.`;
  if (arch !== 'x86_64' && generation === 2)
    return `Machines of generation 2 start x86_64 systems only, not ${arch}. Take --vmm-option generation=1.`;
  return undefined;
}
