// QEMU on this machine or another: virtual machines by hardware acceleration where it works, by software emulation elsewhere.
import type { Adapter, AdapterContext, AdapterDefinition, Machine, Probe } from './lib/adapter.ts';
import { AdapterError } from './lib/adapter-error.ts';
import { removeControlSocket } from './lib/control-socket.ts';
import { makeDiskFiles } from './lib/disk-files.ts';
import { localHost } from './lib/local-host.ts';
import { endRecorded } from './lib/process-record.ts';
import { commandLine, type Launch } from './lib/qemu-command-line.ts';
import { type ChosenOptions, qemuOptions, readQemuOptions } from './lib/qemu-hardware.ts';
import { startQemu } from './lib/qemu-machine.ts';
import { probeQemu, type Setup } from './lib/qemu-probe.ts';
import type { VmmHost } from './lib/vmm-host.ts';

export const adapter: AdapterDefinition = {
  name: 'qemu',
  summary: 'QEMU, with KVM, HVF or WHPX where they work, by software emulation elsewhere',
  preference: 1,
  shortcomings: '',
  options: qemuOptions,
  remote: true,
  async sweep(workFolder) {
    for (const { marker } of await endRecorded(workFolder)) await removeControlSocket(marker, workFolder);
  },
  open: openQemu,
};

function openQemu(context: AdapterContext): Adapter {
  const chosen = readQemuOptions(context.options);
  const { host: address } = context;
  let opened: Qemu | undefined = address === undefined ? qemuOn(localHost(context), chosen) : undefined;
  let known: Setup | undefined;
  const here = () => {
    if (opened === undefined) throw new Error('Internal error: the adapter was used before a successful probe');
    return opened;
  };
  const requireKnown = () => {
    if (known === undefined) throw new Error('Internal error: the adapter was used before a successful probe');
    return known;
  };
  const connect = async (signal: AbortSignal): Promise<Qemu> => {
    if (address === undefined) return here();
    const { openSshHost } = await import('./lib/ssh-host.ts');
    return qemuOn(await openSshHost(address, context, signal), chosen);
  };
  return {
    async probe(signal): Promise<Probe> {
      try {
        opened ??= await connect(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AdapterError)) throw error;
        return { usable: false, reason: error.message, remedy: '' };
      }
      const { host, boot } = opened;
      const result = await probeQemu(context, host, chosen, (setup, machine) => boot(setup, machine, signal), signal);
      known = result.setup;
      return result.probe;
    },
    place: (handle, content) => here().disks.place(handle, content),
    collect: (handle) => here().disks.collect(handle),
    remove: (handle) => here().disks.remove(handle),
    command: (machine) => {
      const launch = here().launchOf(requireKnown(), machine);
      // Whoever pastes it has a shell that ends its own programs.
      return here().host.shown(commandLine({ ...launch, tied: false }), launch.control);
    },
    boot: (machine, signal) => here().boot(requireKnown(), machine, signal),
    close: async (kept) => {
      await opened?.host.close(kept);
    },
  };
}

type Qemu = ReturnType<typeof qemuOn>;

/** QEMU on one machine. */
function qemuOn(host: VmmHost, { hardware }: ChosenOptions) {
  const disks = makeDiskFiles(host);
  const launchOf = (setup: Setup, machine: Machine): Launch => ({
    ...setup,
    machine: machineThere(machine, host),
    hardware,
    disks: machine.disks.map(disks.find),
    firmware: ownFirmware(setup, machine, host.workFolder),
    control: host.controlPath(machine.id),
  });
  return {
    host,
    disks,
    launchOf,
    async boot(setup: Setup, machine: Machine, signal: AbortSignal) {
      requireBootable(setup, machine, hardware.model, host.name);
      const launch = launchOf(setup, machine);
      if (machine.boot.kind === 'kernel') await host.share(machine.boot.kernelPath);
      await copyVariables(setup, launch, host);
      const { control, disks } = launch;
      return startQemu({ host, machineId: machine.id, command: commandLine(launch), control, disks }, signal);
    },
  };
}

function machineThere(machine: Machine, host: VmmHost): Machine {
  const { boot } = machine;
  return boot.kind === 'kernel'
    ? { ...machine, boot: { ...boot, kernelPath: host.sharedPath(boot.kernelPath) } }
    : machine;
}

/** The firmware's program is shared, its variables belong to the machine and are empty at each boot. */
function ownFirmware({ firmware }: Setup, machine: Machine, workFolder: string): Setup['firmware'] {
  if (firmware === undefined || machine.boot.kind !== 'firmware' || machine.boot.firmware !== 'uefi') return undefined;
  return { code: firmware.code, variables: `${workFolder}/${machine.id}-firmware-variables.fd` };
}

async function copyVariables({ firmware }: Setup, launch: Launch, host: VmmHost): Promise<void> {
  const own = launch.firmware?.variables;
  if (own !== undefined && firmware !== undefined) await host.copy(firmware.variables, own);
}

function requireBootable({ firmware }: Setup, { boot, arch }: Machine, model: string, host = 'this machine'): void {
  const refuse = (message: string) => {
    throw new AdapterError('adapter-unusable', message);
  };
  if (boot.kind === 'kernel') return;
  if (model === 'microvm') refuse('The machine microvm starts from no firmware. Take --vmm-option machine=q35.');
  if (boot.firmware === 'uefi' && arch !== 'x86_64')
    refuse(`UEFI machines here start x86_64 systems only, not ${arch}.`);
  if (boot.firmware === 'uefi' && firmware === undefined) {
    refuse(`UEFI firmware for QEMU (OVMF) is not installed on ${host}. On Debian: apt-get install ovmf`);
  }
}
