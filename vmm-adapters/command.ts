// Any VMM that a command line starts: the command, and what the VMM can do, stand in a TOML file of the user's.
import { join } from 'node:path';
import type { Adapter, AdapterContext, AdapterDefinition, Machine, Probe } from './lib/adapter.ts';
import { AdapterError } from './lib/adapter-error.ts';
import { startCommand } from './lib/command-machine.ts';
import { type CommandTemplate, fillIn, readTemplate } from './lib/command-template.ts';
import { makeConvertedDisks } from './lib/converted-disks.ts';
import { endRecorded } from './lib/process-record.ts';
import { makeQemuImg } from './lib/qemu-img.ts';

export const adapter: AdapterDefinition = {
  name: 'command',
  summary: 'Any VMM that a command line starts, as a TOML file describes it (docs/porting.md)',
  preference: undefined,
  shortcomings: '',
  options: { file: { summary: 'the file that describes the VMM', file: 'toml' } },
  async sweep(workFolder) {
    await endRecorded(workFolder);
  },
  open(context) {
    const table = context.tables?.['file'];
    return table === undefined ? withoutTemplate() : openWith(readTemplate(table), context);
  },
};

function openWith(template: CommandTemplate, { commands, workFolder }: AdapterContext): Adapter {
  const disks = makeConvertedDisks(workFolder, template.diskFormat, makeQemuImg(commands));
  const socketOf = (machine: Machine) => join(workFolder, `${machine.id}.sock`);
  const command = (machine: Machine) => {
    const placed = machine.disks.map((disk) => ({ path: disks.pathOf(disk), sizeBytes: disk.sizeBytes }));
    return fillIn(template, machine, placed, socketOf(machine));
  };
  return {
    ...disks,
    command,
    probe: (signal) => probe(template, commands, signal),
    boot(machine, signal) {
      const socket = template.serial === 'socket' ? socketOf(machine) : undefined;
      return startCommand({ commands, machineId: machine.id, command: command(machine), workFolder, socket }, signal);
    },
  };
}

async function probe(
  template: CommandTemplate,
  commands: AdapterContext['commands'],
  signal: AbortSignal,
): Promise<Probe> {
  const [program = '', ...args] = template.version;
  try {
    const { stdout } = await commands.run(program, args, { signal });
    const { boots, mostDisks, mostCpus, mostMemoryBytes, architectures, diskFormat } = template;
    return {
      usable: true,
      version: stdout.split('\n', 1)[0] ?? '',
      capabilities: {
        mostDisks,
        mostCpus,
        mostMemoryBytes,
        boots: [...boots.keys()],
        architectures,
        diskFormats: [diskFormat],
        snapshots: false,
      },
      acceleration: { hardware: false, because: 'what the file does not tell' },
    };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { usable: false, reason: error.message, remedy: 'Correct `version` in the file, or install the program.' };
  }
}

function withoutTemplate(): Adapter {
  const refuse = () => Promise.reject(new Error('Internal error: the adapter was used before a successful probe'));
  return {
    probe: async () => ({
      usable: false,
      reason: 'No file describes the VMM.',
      remedy: 'Name one with --vmm-option file=PATH; docs/porting.md describes it.',
    }),
    place: refuse,
    collect: refuse,
    remove: refuse,
    boot: refuse,
    command: () => [],
  };
}
