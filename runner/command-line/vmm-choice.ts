// Reads which VMMs to use: `--vmm qemu`, or a list of them to compare, each with options of its own behind colons.
import type { AdapterDefinition, AdapterOption, Arch } from '../../vmm-adapters/lib/adapter.ts';
import type { OpenVmm, VmmChoice } from '../execution/vmm.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import type { Context, Input, OptionDefinition } from './command.ts';
import { readHost, requireRemote } from './host-option.ts';
import { findDefinition, readBootWay, readVmmOptions } from './vmm-option.ts';

export const buildVmArchOption: OptionDefinition = {
  flags: '--build-vm-arch <arch>',
  summary: 'carry it out by the build-VM for x86_64 or i686; the result is the same',
};

/** Options of a build that stand behind a VMM in `--vmm` too, and there are for it alone. */
const ownKeys = ['boot', 'build-vm-arch', 'most-disks', 'cpus'] as const;
type OwnKey = (typeof ownKeys)[number];

/** One VMM of the list, as it is typed. */
interface Typed {
  readonly name: string;
  readonly own: ReadonlyMap<OwnKey, string>;
  /** Options of its adapter: "machine=pc". */
  readonly options: readonly string[];
}

/** What `--vmm` names, in its order; undefined without it. @throws RunnerError `usage` */
export async function readNamedVmms(input: Input, context: Context): Promise<VmmChoice[] | undefined> {
  const text = input.text('vmm');
  if (text === undefined) return undefined;
  const typed = text.split(',').map(readTyped);
  const options = input.texts('vmm-option');
  if (typed.length > 1 && options.length > 0) {
    throw usage(
      '--vmm-option: it is not clear which of the VMMs it is for; write it behind one, as in qemu:machine=pc.',
    );
  }
  const choices: VmmChoice[] = [];
  for (const one of typed) {
    const definition = await findDefinition(one.name, context.registry);
    choices.push(choiceOf(definition, [...options, ...one.options], one.own, input));
  }
  return choices;
}

/** A VMM that nobody named, with the options that stand for themselves. @throws RunnerError `usage` */
export function choiceByDefault(definition: AdapterDefinition, input: Input): VmmChoice {
  return choiceOf(definition, input.texts('vmm-option'), new Map(), input);
}

function readTyped(text: string): Typed {
  const [name = '', ...settings] = text.split(':');
  const own = new Map<OwnKey, string>();
  const options: string[] = [];
  for (const setting of settings) {
    const key = ownKeys.find((candidate) => setting.startsWith(`${candidate}=`));
    if (key === undefined) options.push(setting);
    else own.set(key, setting.slice(key.length + 1));
  }
  return { name, own, options };
}

function choiceOf(
  definition: AdapterDefinition,
  given: readonly string[],
  own: ReadonlyMap<OwnKey, string>,
  input: Input,
): VmmChoice {
  const host = readHost(input);
  requireRemote(definition, host);
  const options = readVmmOptions(definition, given);
  const text = (key: OwnKey) => own.get(key) ?? (key === 'cpus' ? undefined : input.text(key));
  const changed = Object.entries(options).filter(([name, value]) => value !== defaultOf(definition.options[name]));
  const settings = [...changed, ...ownKeys.flatMap((key) => pair(key, text(key)))];
  return {
    label: [definition.name, ...settings.map(([name, value]) => `${name}=${value}`)].join(':'),
    definition,
    host,
    options,
    boot: readBootWay(text('boot')),
    buildVmArch: readBuildVmArch(text('build-vm-arch')),
    mostDisks: readNumber('most-disks', text('most-disks'), 2),
    cpus: readNumber('cpus', text('cpus'), 1),
  };
}

function defaultOf(option: AdapterOption | undefined): string | undefined {
  return option !== undefined && 'values' in option ? option.values[0] : undefined;
}

function pair(key: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[key, value]];
}

/** The build-VM that was asked for, if the VMM runs it. @throws RunnerError `no-vmm` */
export function requireArch({ choice, facts }: OpenVmm): Arch | undefined {
  const { architectures } = facts.capabilities;
  if (choice.buildVmArch === undefined || architectures.includes(choice.buildVmArch)) return choice.buildVmArch;
  throw new RunnerError(
    'no-vmm',
    `--build-vm-arch: ${choice.definition.name} runs no build-VM for ${choice.buildVmArch} here; it runs: ${architectures.join(', ')}.`,
  );
}

/** @throws RunnerError `usage` */
export function readBuildVmArch(text: string | undefined): Arch | undefined {
  if (text === undefined || text === 'x86_64' || text === 'i686') return text;
  throw usage(`--build-vm-arch: there is no build-VM for ${quoted(text)}; use one of: x86_64, i686.`);
}

function readNumber(key: 'most-disks' | 'cpus', text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^[0-9]{1,3}$/.test(text) && number >= least) return number;
  throw usage(`--${key}: ${quoted(text)} cannot be; write a whole number from ${least} to 999.`);
}

function usage(message: string): RunnerError {
  return new RunnerError('usage', message);
}
