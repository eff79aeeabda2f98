// Finds the build-VM, or says how to come by one; and what it brings along for builds.
import type { BuildVmArch } from '../../build-vm/make/arch.ts';
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import { findBuildVm } from '../../build-vm/make/find-build-vm.ts';
import { RunnerError } from '../runner-error.ts';
import type { Context } from './command.ts';

/** @throws RunnerError `no-build-vm` */
export function requireBuildVm(context: Context, arch: BuildVmArch): BuildVm {
  const buildVm = findBuildVm({ cacheFolder: context.folders.cache, arch });
  if (buildVm !== undefined) return buildVm;
  throw new RunnerError(
    'no-build-vm',
    `There is no build-VM for ${arch} here that belongs to this vmb; make it with \`vmb build-vm make\` (about 5 minutes the first time), or take one from another machine with \`vmb build-vm load FILE\`.`,
  );
}

/** What `vmb:NAME` stands for: files of the build-VM for the architecture of what is made, whichever build-VM makes it. */
export function buildInputs({ files }: BuildVm): ReadonlyMap<string, string> {
  return new Map([
    ['vmlinuz', files.vmlinuz],
    ['busybox', files.busybox],
    ['stub', files.stub],
    ['bios-boot', files.biosBoot],
    ['firstrun', files.firstrun],
  ]);
}
