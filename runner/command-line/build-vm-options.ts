// What the `vmb build-vm` commands hand to the makers of build-VMs.
import { type BuildVmArch, buildVmArchs } from '../../build-vm/make/arch.ts';
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import type { MakeOptions } from '../../build-vm/make/make-build-vm.ts';
import { type CommandRunner, localCommands } from '../../vmm-adapters/lib/command.ts';
import { printable, quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import type { Context, Input, OptionDefinition } from './command.ts';

export const archOption: OptionDefinition = {
  flags: '--arch <arch>',
  summary: `${buildVmArchs.join(' or ')}; all of them by default`,
};

/** The architectures that were asked for. @throws RunnerError `usage` */
export function readArchs(input: Input): readonly BuildVmArch[] {
  const written = input.text('arch');
  if (written === undefined) return buildVmArchs;
  const arch = buildVmArchs.find((known) => known === written);
  if (arch !== undefined) return [arch];
  throw new RunnerError(
    'usage',
    `--arch: there are no build-VMs for ${quoted(written)}; use ${buildVmArchs.join(' or ')}`,
  );
}

export function makeOptions(context: Context): Omit<MakeOptions, 'arch'> {
  return {
    cacheFolder: context.folders.cache,
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
