// What the `vmb build-vm` commands hand to the makers of build-VMs.
import { hostArch } from '../../build-vm/make/arch.ts';
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import type { MakeOptions } from '../../build-vm/make/make-build-vm.ts';
import { type CommandRunner, localCommands } from '../../vmm-adapters/lib/command.ts';
import { printable } from '../printable.ts';
import type { Context } from './command.ts';

export function makeOptions(context: Context): MakeOptions {
  return {
    cacheFolder: context.folders.cache,
    arch: hostArch,
    commands: interruptible(localCommands, context.signal),
    report: (line) => void context.stdout.write(`${printable(line)}\n`),
  };
}

/** Ctrl-C ends what the maker runs, and with it the maker. */
function interruptible(commands: CommandRunner, signal: AbortSignal): CommandRunner {
  return { ...commands, run: (file, args, options) => commands.run(file, args, { signal, ...options }) };
}

export function buildVmText(buildVm: BuildVm): string {
  const pins = buildVm.pinned ? 'pinned inputs' : 'not the pinned inputs, see `vmb doctor`';
  return `build-VM ${buildVm.digest} (${buildVm.arch}, kernel ${buildVm.manifest.kernelRelease}, ${pins})\nin ${buildVm.folder}`;
}
