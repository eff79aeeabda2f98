// Asks VMM adapters whether they can be used here, and finds the best of them.
import type { AdapterDefinition, Probe } from '../../vmm-adapters/lib/adapter.ts';
import type { HostAddress } from '../../vmm-adapters/lib/ssh-address.ts';
import { RunnerError } from '../runner-error.ts';
import { openWorkFolder } from '../state/work-folder.ts';
import type { Context } from './command.ts';
import { openAdapter } from './open-adapter.ts';
import { readVmmOptions } from './vmm-option.ts';

/** Opens an adapter for a moment, in a work folder that is gone afterwards. */
export async function probeAdapter(
  definition: AdapterDefinition,
  context: Context,
  host?: HostAddress,
): Promise<Probe> {
  const work = await openWorkFolder(context.folders.state);
  try {
    const adapter = await openAdapter(definition, work, readVmmOptions(definition, []), context, host);
    try {
      return await adapter.probe(context.signal);
    } finally {
      await adapter.close?.(false);
    }
  } finally {
    await work.remove();
  }
}

/** Those that need not be named, the best first. `isRemote`: those that can run on another machine only. */
export async function preferredAdapters({ registry }: Context, isRemote: boolean): Promise<AdapterDefinition[]> {
  const found = await Promise.all((await registry.adapterNames()).map((name) => registry.findAdapter(name)));
  return found
    .filter((definition) => definition !== undefined)
    .filter(({ preference, remote }) => preference !== undefined && (!isRemote || remote === true))
    .sort((one, other) => (one.preference ?? 0) - (other.preference ?? 0));
}

export interface FirstUsable<V> {
  readonly value: V;
  /** Why it is not one of those before it, and what that means; undefined for the first. */
  readonly note: string | undefined;
}

type Tried<V> =
  | { readonly probe: Extract<Probe, { usable: true }>; readonly value: V }
  | { readonly probe: Extract<Probe, { usable: false }> };

/** Tries one after the other. @throws RunnerError `no-vmm` with every reason when none is usable */
export async function firstUsable<C extends { readonly definition: AdapterDefinition }, V>(
  candidates: readonly C[],
  tryIt: (candidate: C) => Promise<Tried<V>>,
): Promise<FirstUsable<V>> {
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const { name, shortcomings } = candidate.definition;
    const tried = await tryIt(candidate);
    if ('value' in tried) {
      const because = `${name} is used, because ${reasons.join(' ')} With ${name}: ${shortcomings}`;
      return { value: tried.value, note: reasons.length === 0 ? undefined : because };
    }
    reasons.push(`${name} cannot be used here: ${tried.probe.reason} ${tried.probe.remedy}`);
  }
  if (candidates.length === 0) {
    throw new RunnerError('no-vmm', 'No VMM is chosen by itself here; name one with --vmm (`vmb doctor` lists them).');
  }
  if (reasons.length === 1) throw new RunnerError('no-vmm', reasons.join());
  const lines = reasons.map((reason) => `  ${reason}`);
  throw new RunnerError('no-vmm', ['No VMM can be used here:', ...lines].join('\n'));
}

/** The VMM to use when none is named. @throws RunnerError `no-vmm` */
export async function chooseVmm(
  context: Context,
  host: HostAddress | undefined,
): Promise<FirstUsable<AdapterDefinition>> {
  const candidates = (await preferredAdapters(context, host !== undefined)).map((definition) => ({ definition }));
  return firstUsable(candidates, async ({ definition }): Promise<Tried<AdapterDefinition>> => {
    const probe = await probeAdapter(definition, context, host);
    return probe.usable ? { probe, value: definition } : { probe };
  });
}
