// Moves the pins of build-vm/inputs.lock to what the Debian archive and this machine have now, for all architectures.
import { writeFile } from 'node:fs/promises';
import { buildVmArchs } from './arch.ts';
import { cacheLayout } from './cache-layout.ts';
import { differencesFromLock, formatInputsLock, type PinnedInput, readInputsLock } from './inputs-lock.ts';
import type { MakeOptions } from './make-build-vm.ts';
import { obtainNewestInputs } from './obtain-inputs.ts';
import { checkoutSources } from './sources.ts';
import { installedToolchain } from './toolchain.ts';

/** Writes the new lock and returns what has changed, a line for each package. */
export async function lockBuildVm(options: Omit<MakeOptions, 'arch'>): Promise<string[]> {
  const { lockFile } = options.sources ?? checkoutSources();
  const old = await readInputsLock(lockFile);
  const inputs = new Map<string, PinnedInput>();
  for (const arch of buildVmArchs) {
    const layout = cacheLayout(options.cacheFolder);
    const { guest, maker, source } = await obtainNewestInputs({ ...options, arch, layout });
    for (const input of [...guest, ...maker, source]) inputs.set(input.sha256, input);
  }
  const tools = await installedToolchain(options.commands);
  const taken = [...inputs.values()];
  await writeFile(lockFile, formatInputsLock({ inputs: taken, tools }));
  return differencesFromLock(old, taken, tools);
}
