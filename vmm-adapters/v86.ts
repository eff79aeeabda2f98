// v86: an x86 emulator in WebAssembly that runs inside vmb itself, for hosts where nothing can be installed.
import type { Adapter, AdapterContext, AdapterDefinition, Boot, Capabilities, Machine, Probe } from './lib/adapter.ts';
import { AdapterError } from './lib/adapter-error.ts';
import { commandLine } from './lib/v86-command-line.ts';
import { makeV86Disks, type V86Disks } from './lib/v86-disks.ts';
import { startV86 } from './lib/v86-machine.ts';
import type { V86Hardware } from './lib/v86-messages.ts';
import { findV86Package } from './lib/v86-package.ts';

export const adapter: AdapterDefinition = {
  name: 'v86',
  summary: 'v86, an x86 emulator inside vmb itself: nothing has to be installed',
  preference: 100,
  shortcomings: 'v86 emulates one 32-bit processor with two disks, is several times slower than QEMU and has no UEFI.',
  options: {},
  // Its machines are threads of the vmb that was killed.
  sweep: async () => undefined,
  open: openV86,
};

const capabilities: Capabilities = {
  mostDisks: 2,
  mostCpus: 1,
  // v86 makes this of whatever is more.
  mostMemoryBytes: 2 ** 31 - 2 ** 17,
  boots: ['kernel', 'bios'],
  architectures: ['i686'],
  diskFormats: ['raw'],
  snapshots: false,
};

function openV86(context: AdapterContext): Adapter {
  const disks = makeV86Disks(context.workFolder);
  return {
    probe: async () => probe(),
    place: disks.place,
    collect: disks.collect,
    remove: disks.remove,
    command: (machine) => commandLine(hardwareOf(machine, context, disks)),
    async boot(machine, signal) {
      const running = await startV86(hardwareOf(machine, context, disks), signal);
      // What `--keep` leaves is complete without this process.
      const exited = running.exited.finally(() => machine.disks.forEach(disks.save));
      const stop = async () => {
        await running.stop();
        await exited;
      };
      return { serial: running.serial, exited, stop };
    },
  };
}

function probe(): Probe {
  const found = findV86Package();
  if (found === undefined) {
    const remedy = 'Install the packages of vmb: `npm ci` in its folder.';
    return { usable: false, reason: 'The npm package v86 is not installed.', remedy };
  }
  const because = 'an emulator in WebAssembly, in a thread of vmb';
  return { usable: true, version: found.version, capabilities, acceleration: { hardware: false, because } };
}

function hardwareOf(
  { arch, memoryBytes, boot, disks }: Machine,
  { bios }: AdapterContext,
  files: V86Disks,
): V86Hardware {
  if (arch !== 'i686') throw refusal(`v86 has a 32-bit processor, which starts i686 systems only, not ${arch}.`);
  if (boot.kind === 'firmware' && boot.firmware !== 'bios')
    throw refusal('v86 has a BIOS, no UEFI. Take --vmm qemu for what needs UEFI.');
  if (bios === undefined) {
    throw refusal(
      'v86 needs the BIOS that comes with the build-VM for i686, and there is none here. Make it with `vmb build-vm make --arch i686`, or take one from another machine with `vmb build-vm load FILE`.',
    );
  }
  return { memoryBytes, bios, kernel: kernelOf(boot), disks: disks.map(files.find) };
}

/** In two files where there are two: to unpack the initramfs together with the kernel takes v86 seconds. */
function kernelOf(boot: Boot): V86Hardware['kernel'] {
  if (boot.kind !== 'kernel') return undefined;
  const { commandLine: words, kernelPath, parts } = boot;
  return { path: parts?.kernelPath ?? kernelPath, initramfsPath: parts?.initramfsPath, commandLine: words };
}

function refusal(message: string): AdapterError {
  return new AdapterError('adapter-unusable', message);
}
