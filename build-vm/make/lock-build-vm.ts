// Moves the pins of build-vm/inputs.lock to what the Debian archive and this machine have now.
import { writeFile } from 'node:fs/promises';
import { archFacts } from './arch.ts';
import { cacheLayout } from './cache-layout.ts';
import { differencesFromLock, formatInputsLock, type InputsLock, readInputsLock } from './inputs-lock.ts';
import type { MakeOptions } from './make-build-vm.ts';
import { obtainNewestPackages } from './obtain-packages.ts';
import { kernelSourcePackage, unpackedPackages } from './packages.ts';
import { checkoutSources } from './sources.ts';
import { installedToolchain } from './toolchain.ts';

/** Writes the new lock and returns what has changed, a line for each package; pins of other architectures stay. */
export async function lockBuildVm(options: MakeOptions): Promise<string[]> {
  const { lockFile } = options.sources ?? checkoutSources();
  const old = await readInputsLock(lockFile);
  const names = [...unpackedPackages, kernelSourcePackage].sort();
  const debianArch = archFacts[options.arch].debian;
  const inputs = await obtainNewestPackages({
    ...options,
    layout: cacheLayout(options.cacheFolder),
    debianArch,
    names,
  });
  const tools = await installedToolchain(options.commands);
  const isOfOthers = (pin: { architecture: string }) => pin.architecture !== debianArch && pin.architecture !== 'all';
  const lock: InputsLock = { inputs: [...old.inputs.filter(isOfOthers), ...inputs], tools };
  await writeFile(lockFile, formatInputsLock(lock));
  return differencesFromLock(old, inputs, tools);
}
