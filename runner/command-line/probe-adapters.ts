// Asks VMM adapters whether they can be used here.
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

/** The VMM to use when none is named: the only one there is, or the first that is usable. @throws RunnerError `no-vmm` */
export async function chooseVmm(context: Context): Promise<string> {
  const names = await context.registry.adapterNames();
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  const reasons: string[] = [];
  for (const name of names) {
    const definition = await context.registry.findAdapter(name);
    const probe = definition && (await probeAdapter(definition, context));
    if (probe?.usable === true) return name;
    if (probe !== undefined) reasons.push(`  ${name}: ${probe.reason} ${probe.remedy}`);
  }
  throw new RunnerError('no-vmm', ['No VMM can be used here:', ...reasons].join('\n'));
}
