// A VMM as a TOML file describes it: read, checked, and filled in for a machine. Pure.
import type { Arch, Capabilities, Machine, Table } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';

type BootWay = Capabilities['boots'][number];

export interface CommandTemplate {
  readonly arguments: readonly string[];
  /** In the place of "{boot}", by the way of booting. */
  readonly boots: ReadonlyMap<BootWay, readonly string[]>;
  /** In the place of "{disks}", once for each disk. */
  readonly disk: readonly string[];
  /** What tells the version on its first line. */
  readonly version: readonly string[];
  readonly serial: 'stdio' | 'socket';
  readonly diskFormat: 'raw' | 'qcow2' | 'vhdx';
  readonly mostDisks: number;
  readonly mostCpus: number;
  readonly mostMemoryBytes: number;
  readonly architectures: readonly Arch[];
}

export interface PlacedDisk {
  readonly path: string;
  readonly sizeBytes: number;
}

const mebibyte = 1024 * 1024;
const keys = [
  'arguments',
  'boot',
  'disk',
  'version',
  'serial',
  'disk-format',
  'most-disks',
  'most-cpus',
  'most-memory-mib',
  'architectures',
];

/** @throws AdapterError `adapter-unusable` for the first thing that is not as docs/porting.md says */
export function readTemplate(table: Table): CommandTemplate {
  const stranger = Object.keys(table).find((key) => !keys.includes(key));
  if (stranger !== undefined) throw wrong(`it has no key "${stranger}"; use: ${keys.join(', ')}`);
  const boot = table['boot'];
  const boots = new Map<BootWay, readonly string[]>();
  for (const [way, value] of Object.entries(typeof boot === 'object' && boot !== null ? boot : {})) {
    if (way !== 'kernel' && way !== 'bios' && way !== 'uefi')
      throw wrong(`boot.${way} is no way to boot; use kernel, bios, uefi`);
    boots.set(way, words(value, `boot.${way}`));
  }
  if (boots.size === 0) throw wrong('boot needs kernel, bios or uefi, each a list of words');
  const template: CommandTemplate = {
    arguments: words(table['arguments'], 'arguments'),
    boots,
    disk: words(table['disk'], 'disk'),
    version: words(table['version'], 'version'),
    serial: oneOf(table['serial'], ['stdio', 'socket'], 'serial'),
    diskFormat: oneOf(table['disk-format'], ['raw', 'qcow2', 'vhdx'], 'disk-format'),
    mostDisks: count(table['most-disks'], 2, 'most-disks'),
    mostCpus: count(table['most-cpus'], 1, 'most-cpus'),
    mostMemoryBytes: count(table['most-memory-mib'], 64, 'most-memory-mib') * mebibyte,
    architectures: words(table['architectures'], 'architectures').map((arch) =>
      oneOf(arch, ['x86_64', 'i686'], 'architectures'),
    ),
  };
  if (!template.arguments.includes('{disks}'))
    throw wrong('arguments needs the word "{disks}", or no disk is attached');
  if (template.version.length === 0 || template.arguments.length === 0)
    throw wrong('arguments and version need a program');
  return template;
}

/** The command line for a machine. `socket`: where the VMM offers the serial console, if it does. */
export function fillIn(
  template: CommandTemplate,
  machine: Machine,
  disks: readonly PlacedDisk[],
  socket: string,
): readonly string[] {
  const { boot } = machine;
  const way = boot.kind === 'kernel' ? 'kernel' : boot.firmware;
  const values: Readonly<Record<string, string>> = {
    machine: machine.id,
    'memory-mib': String(Math.ceil(machine.memoryBytes / mebibyte)),
    cpus: String(machine.cpus),
    kernel: boot.kind === 'kernel' ? boot.kernelPath : '',
    'command-line': boot.kind === 'kernel' ? boot.commandLine : '',
    socket,
  };
  const diskWords = disks.flatMap(({ path, sizeBytes }, index) => {
    const own = { path, index: String(index), number: String(index + 1), 'size-bytes': String(sizeBytes) };
    return template.disk.map((word) => replaced(word, { ...values, ...own }));
  });
  return template.arguments.flatMap((word) => {
    if (word === '{disks}') return diskWords;
    if (word === '{boot}') return (template.boots.get(way) ?? []).map((part) => replaced(part, values));
    return [replaced(word, values)];
  });
}

/** @throws AdapterError for a placeholder that there is not */
function replaced(word: string, values: Readonly<Record<string, string>>): string {
  return word.replace(/\{([a-z-]+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined)
      throw wrong(`there is no placeholder {${name}} here; use: ${Object.keys(values).join(', ')}`);
    return value;
  });
}

function words(value: unknown, where: string): readonly string[] {
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  throw wrong(`${where} must be a list of words`);
}

function count(value: unknown, least: number, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw wrong(`${where} must be a whole number, at least ${least}`);
}

/** The first is the default. */
function oneOf<T extends string>(value: unknown, allowed: readonly [T, ...T[]], where: string): T {
  const found = value === undefined ? allowed[0] : allowed.find((one) => one === value);
  if (found === undefined) throw wrong(`${where} must be one of: ${allowed.join(', ')}`);
  return found;
}

function wrong(what: string): AdapterError {
  return new AdapterError(
    'adapter-unusable',
    `The template of the VMM is wrong: ${what}. docs/porting.md describes it.`,
  );
}
