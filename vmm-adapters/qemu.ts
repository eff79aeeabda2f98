// QEMU on this host: virtual machines by hardware acceleration where it works, by software emulation elsewhere.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter, AdapterContext, AdapterDefinition, Machine } from './lib/adapter.ts';
import { AdapterError } from './lib/adapter-error.ts';
import { controlSocketPath, removeControlSocket } from './lib/control-socket.ts';
import { makeDiskFiles } from './lib/disk-files.ts';
import { explained } from './lib/host-files.ts';
import { endRecorded } from './lib/process-record.ts';
import { commandLine, type Launch } from './lib/qemu-command-line.ts';
import { qemuOptions, readQemuOptions } from './lib/qemu-hardware.ts';
import { makeQemuImg } from './lib/qemu-img.ts';
import { startQemu } from './lib/qemu-machine.ts';
import { probeQemu, type Setup } from './lib/qemu-probe.ts';

export const adapter: AdapterDefinition = {
  name: 'qemu',
  summary: 'QEMU on this host, with KVM, HVF or WHPX where they work, by software emulation elsewhere',
  preference: 1,
  shortcomings: '',
  options: qemuOptions,
  async sweep(workFolder) {
    for (const { marker } of await endRecorded(workFolder)) await removeControlSocket(marker, workFolder);
  },
  open: openQemu,
};

function openQemu(context: AdapterContext): Adapter {
  const { commands, workFolder } = context;
  const chosen = readQemuOptions(context.options);
  const disks = makeDiskFiles(workFolder, makeQemuImg(commands));
  let known: Setup | undefined;

  const launchOf = (setup: Setup, machine: Machine): Launch => ({
    ...setup,
    machine,
    hardware: chosen.hardware,
    disks: machine.disks.map(disks.find),
    firmware: ownFirmware(setup, machine, workFolder),
    controlSocket: controlSocketPath(workFolder, machine.id),
  });
  const bootWith = async (setup: Setup, machine: Machine, signal: AbortSignal) => {
    requireBootable(setup, machine, chosen.hardware.model);
    const launch = launchOf(setup, machine);
    await copyVariables(setup, launch);
    const { controlSocket } = launch;
    const command = commandLine(launch);
    return startQemu(
      { commands, machineId: machine.id, command, controlSocket, workFolder, disks: launch.disks },
      signal,
    );
  };
  const requireKnown = () => {
    if (known === undefined) throw new Error('Internal error: the adapter was used before a successful probe');
    return known;
  };

  return {
    async probe(signal) {
      const result = await probeQemu(context, chosen, (setup, machine) => bootWith(setup, machine, signal), signal);
      known = result.setup;
      return result.probe;
    },
    place: disks.place,
    collect: disks.collect,
    remove: disks.remove,
    command: (machine) => commandLine(launchOf(requireKnown(), machine)),
    boot: (machine, signal) => bootWith(requireKnown(), machine, signal),
  };
}

/** The firmware's program is shared, its variables belong to the machine and are empty at each boot. */
function ownFirmware({ firmware }: Setup, machine: Machine, workFolder: string): Setup['firmware'] {
  if (firmware === undefined || machine.boot.kind !== 'firmware' || machine.boot.firmware !== 'uefi') return undefined;
  return { code: firmware.code, variables: join(workFolder, `${machine.id}-firmware-variables.fd`) };
}

async function copyVariables({ firmware }: Setup, launch: Launch): Promise<void> {
  const own = launch.firmware?.variables;
  if (own === undefined || firmware === undefined) return;
  const empty = await readFile(firmware.variables);
  await explained(own, () => writeFile(own, empty));
}

function requireBootable({ firmware }: Setup, { boot, arch }: Machine, model: string): void {
  const refuse = (message: string) => {
    throw new AdapterError('adapter-unusable', message);
  };
  if (boot.kind === 'kernel') return;
  if (model === 'microvm') refuse('The machine microvm starts from no firmware. Take --vmm-option machine=q35.');
  if (boot.firmware === 'uefi' && arch !== 'x86_64')
    refuse(`UEFI machines here start x86_64 systems only, not ${arch}.`);
  if (boot.firmware === 'uefi' && firmware === undefined) {
    refuse('UEFI firmware for QEMU (OVMF) is not installed here. On Debian: apt-get install ovmf');
  }
}
