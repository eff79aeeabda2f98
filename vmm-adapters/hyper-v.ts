// Hyper-V on Windows: machines of generation 2 (UEFI) and generation 1 (BIOS), made by PowerShell and removed whatever happens.
import type {
  Adapter,
  AdapterContext,
  AdapterDefinition,
  AdapterOption,
  Arch,
  Boot,
  Machine,
  Probe,
} from './lib/adapter.ts';
import { AdapterError } from './lib/adapter-error.ts';
import { makeHyperVDisks } from './lib/hyper-v-disks.ts';
import { type HyperVHost, localHost } from './lib/hyper-v-host.ts';
import { startHyperV } from './lib/hyper-v-machine.ts';
import { probeHyperV } from './lib/hyper-v-probe.ts';
import { machineName } from './lib/hyper-v-removal.ts';
import { createScript, type Generation } from './lib/hyper-v-script.ts';
import { sweepHyperV } from './lib/hyper-v-sweep.ts';
import { powershellArguments } from './lib/powershell.ts';
import { makeQemuImg } from './lib/qemu-img.ts';

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
  remote: true,
  sweep: sweepHyperV,
  open: openHyperV,
};

function openHyperV(context: AdapterContext): Adapter {
  const { host: address } = context;
  const generation: Generation = context.options['generation'] === '1' ? 1 : 2;
  let opened =
    address === undefined ? hyperVOn(localHost(context.commands, context.workFolder), context, generation) : undefined;
  const here = () => {
    if (opened === undefined) throw new Error('Internal error: the adapter was used before a successful probe');
    return opened;
  };
  return {
    async probe(signal): Promise<Probe> {
      try {
        if (address !== undefined && opened === undefined) {
          const { openHyperVThere } = await import('./lib/hyper-v-ssh-host.ts');
          opened = hyperVOn(await openHyperVThere(address, context, signal), context, generation);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AdapterError)) throw error;
        return { usable: false, reason: error.message, remedy: '' };
      }
      return probeHyperV(context.commands, here().host.powershell, generation);
    },
    place: (handle, content) => here().disks.place(handle, content),
    collect: (handle) => here().disks.collect(handle),
    remove: (handle) => here().disks.remove(handle),
    command: (machine) => ['powershell', ...powershellArguments(here().scriptOf(machine))],
    boot: (machine, signal) => here().boot(machine, signal),
    close: async (kept) => {
      await opened?.host.close(kept);
    },
  };
}

/** Hyper-V on one machine. */
function hyperVOn(host: HyperVHost, { commands, workFolder }: AdapterContext, generation: Generation) {
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
    host,
    disks,
    scriptOf,
    async boot(machine: Machine, signal: AbortSignal) {
      const obstacle = obstacleTo(machine.boot, machine.arch, generation);
      if (obstacle !== undefined) throw new AdapterError('adapter-unusable', obstacle);
      const { powershell, connect, origin } = host;
      const name = machineName(workFolder, machine.id);
      return startHyperV({ powershell, name, script: scriptOf(machine), workFolder, origin, connect }, signal);
    },
  };
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
