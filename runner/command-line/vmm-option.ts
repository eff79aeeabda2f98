// Reads `--vmm NAME` and `--vmm-option name=value` by what the adapters say of themselves.
import type { AdapterDefinition } from '../../vmm-adapters/lib/adapter.ts';
import { didYouMean } from '../build-file/did-you-mean.ts';
import type { BootWay } from '../execution/machine.ts';
import { quoted } from '../printable.ts';
import type { Registry } from '../registry.ts';
import { RunnerError } from '../runner-error.ts';
import type { OptionDefinition } from './command.ts';

export const vmmOptions: readonly OptionDefinition[] = [
  { flags: '--vmm <name>', summary: 'VMM to use; by default the first one that is usable here' },
  {
    flags: '--vmm-option <name=value>',
    summary: 'set an option of the VMM’s adapter (see vmb doctor)',
    repeatable: true,
  },
];

/** @throws RunnerError `usage` */
export async function findDefinition(name: string, registry: Registry): Promise<AdapterDefinition> {
  const definition = await registry.findAdapter(name);
  if (definition !== undefined) return definition;
  const names = await registry.adapterNames();
  throw usage(`--vmm: there is no VMM ${quoted(name)}${didYouMean(name, names)}; use one of: ${names.join(', ')}.`);
}

/** Every option of the adapter, as given or by default. @throws RunnerError `usage` */
export function readVmmOptions(definition: AdapterDefinition, given: readonly string[]): Record<string, string> {
  const options: Record<string, string> = {};
  for (const [name, option] of Object.entries(definition.options)) {
    if ('values' in option) options[name] = option.values[0];
  }
  for (const text of given) {
    const [name = '', ...rest] = text.split('=');
    const value = rest.join('=');
    const option = Object.hasOwn(definition.options, name) ? definition.options[name] : undefined;
    const names = Object.keys(definition.options);
    if (option === undefined) {
      throw usage(
        `--vmm-option ${quoted(text)}: ${definition.name} has no option ${quoted(name)}${didYouMean(name, names)}; it has: ${names.join(', ')}.`,
      );
    }
    if ('values' in option && !option.values.includes(value)) {
      throw usage(
        `--vmm-option ${quoted(text)}: ${name} cannot be ${quoted(value)}${didYouMean(value, option.values)}; use one of: ${option.values.join(', ')}.`,
      );
    }
    options[name] = value;
  }
  return options;
}

/** @throws RunnerError `usage` */
export function readBootWay(text: string | undefined): BootWay | undefined {
  if (text === undefined || text === 'kernel' || text === 'bios' || text === 'uefi') return text;
  throw usage(`--boot: there is no way ${quoted(text)} to start a VM; use one of: kernel, bios, uefi.`);
}

function usage(message: string): RunnerError {
  return new RunnerError('usage', message);
}
