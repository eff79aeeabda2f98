// The build-VM that `make setup` made, out of the machine's ordinary cache, for tests that look into it.
import { homedir } from 'node:os';
import type { BuildVmArch } from '../../../build-vm/make/arch.ts';
import type { BuildVm } from '../../../build-vm/make/build-vm.ts';
import { findBuildVm } from '../../../build-vm/make/find-build-vm.ts';
import { foldersOf } from '../../../runner/state/folders.ts';

export const cacheFolder = foldersOf(process.env, homedir(), process.cwd()).cache;

export function cachedBuildVm(arch: BuildVmArch): BuildVm {
  const buildVm = findBuildVm({ cacheFolder, arch });
  if (buildVm === undefined)
    throw new Error('There is no build-VM of this checkout: run "make setup" before these tests.');
  return buildVm;
}
