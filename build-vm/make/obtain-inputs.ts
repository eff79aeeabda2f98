// Obtains all packages of one build-VM: for its own architecture what goes into it, for the host's what makes it.
import { archFacts, type BuildVmArch, hostArch } from './arch.ts';
import type { PinnedInput } from './inputs-lock.ts';
import { type ObtainOptions, obtainNewestPackages, obtainPackages } from './obtain-packages.ts';
import { guestPackages, kernelSourcePackage, makerPackages } from './packages.ts';
import { toolPackages } from './tool-packages.ts';

export interface BuildVmInputs {
  readonly guest: readonly PinnedInput[];
  readonly maker: readonly PinnedInput[];
  readonly source: PinnedInput;
}

type InputOptions = Omit<ObtainOptions, 'debianArch' | 'names'> & { readonly arch: BuildVmArch };

/** As pinned where the archive still has it; see obtainPackages. */
export async function obtainInputs(options: InputOptions): Promise<BuildVmInputs> {
  return obtainBy(options.arch, (debianArch, names) => obtainPackages({ ...options, debianArch, names }));
}

/** The newest of all, for a new lock. */
export async function obtainNewestInputs(options: Omit<InputOptions, 'lock'>): Promise<BuildVmInputs> {
  return obtainBy(options.arch, (debianArch, names) => obtainNewestPackages({ ...options, debianArch, names }));
}

async function obtainBy(
  arch: BuildVmArch,
  obtain: (debianArch: string, names: readonly string[]) => Promise<PinnedInput[]>,
): Promise<BuildVmInputs> {
  const forHost = [...makerPackages, kernelSourcePackage];
  const isGuestHost = arch === hostArch;
  const forGuest = [...new Set([...guestPackages, ...toolPackages])];
  const own = isGuestHost ? [...new Set([...forGuest, ...forHost])] : forGuest;
  const all = await obtain(archFacts[arch].debian, [...own].sort());
  const others = isGuestHost ? all : await obtain(archFacts[hostArch].debian, [...forHost].sort());
  const source = others.find((input) => input.name === kernelSourcePackage);
  if (source === undefined) throw new Error('Internal error: no kernel source among the packages');
  return {
    guest: all.filter((input) => forGuest.includes(input.name)),
    maker: others.filter((input) => makerPackages.includes(input.name)),
    source,
  };
}
