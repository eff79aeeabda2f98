// A VMM that plays a script instead of running a machine: for everything around machines that needs none.
import { Duplex, PassThrough } from 'node:stream';
import type { AdapterDefinition, MachineExit, Probe } from '../../../vmm-adapters/lib/adapter.ts';

/** What the next machine does; tests set it. */
export const script: {
  console: string[];
  /** Undefined: it runs until it is stopped. */
  exit: MachineExit | undefined;
  probe: Probe;
  /** What came to the adapter, in order. */
  calls: string[];
} = { console: [], exit: undefined, probe: { usable: false, reason: '', remedy: '' }, calls: [] };

export function resetScript(): void {
  script.console = [];
  script.exit = { reason: 'power-off', detail: '' };
  script.calls = [];
  script.probe = {
    usable: true,
    version: '1.0',
    capabilities: {
      mostDisks: 30,
      mostCpus: 8,
      mostMemoryBytes: 64 * 1024 ** 3,
      boots: ['kernel', 'uefi'],
      architectures: ['x86_64'],
      diskFormats: ['raw'],
      snapshots: false,
    },
    acceleration: { hardware: false, because: 'it only reads from a script' },
  };
}

export const scriptedAdapter: AdapterDefinition = {
  name: 'scripted',
  summary: 'Plays a script',
  preference: 1,
  shortcomings: '',
  options: { machine: { summary: 'kind of machine', values: ['small', 'large'] } },
  sweep: async () => undefined,
  open: (context) => ({
    probe: async () => script.probe,
    place: async (handle, content) => {
      script.calls.push(`place ${handle.id} ${handle.role} ${handle.sizeBytes} ${content.kind}`);
    },
    collect: async () => '',
    remove: async () => undefined,
    command: (machine) => ['scripted', '--options', JSON.stringify(context.options), machine.id],
    boot: async (machine, signal) => {
      script.calls.push(`boot ${JSON.stringify(machine.boot)} ${machine.memoryBytes}`);
      const output = new PassThrough();
      let stop = (exit: MachineExit): void => void exit;
      const exited = new Promise<MachineExit>((resolve) => {
        stop = resolve;
      });
      const powerOff = () => stop({ reason: 'stopped', detail: '' });
      if (signal.aborted) powerOff();
      else signal.addEventListener('abort', powerOff);
      for (const text of script.console) output.write(text);
      if (script.exit !== undefined) {
        const exit = script.exit;
        output.end(() => stop(exit));
      }
      return {
        serial: Duplex.from({ readable: output, writable: new PassThrough() }),
        exited,
        stop: async () => {
          script.calls.push('stop');
          output.destroy();
          powerOff();
        },
      };
    },
  }),
};
