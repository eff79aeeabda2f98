// VMMs that break one promise each: QEMU's adapter with a fault in it. Rows that do not touch each other share a VMM.
import { appendFileSync, cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Adapter,
  AdapterContext,
  AdapterDefinition,
  DiskHandle,
  Machine,
  MachineExit,
  RunningMachine,
} from '../../../vmm-adapters/lib/adapter.ts';
import { closedAt, type Damage, damaged, filtered } from './faulty-serial.ts';

export interface Fault {
  /** The case that has to fail. */
  readonly number: number;
  /** What the case says then; a part of it. */
  readonly because: string;
  /** What the VMM does. */
  readonly name: string;
  readonly definition?: Partial<AdapterDefinition>;
  readonly adapter?: (inner: Adapter, context: AdapterContext) => Partial<Adapter>;
  /** Changes machines before they are booted, and what comes of it. */
  readonly machine?: (machine: Machine) => Machine;
  readonly running?: (running: RunningMachine, machine: Machine, context: AdapterContext) => RunningMachine;
}

const onSerial = (damage: Damage) => (running: RunningMachine) => ({ ...running, serial: damaged(running, damage) });

/** Says how a machine ended in other words. */
const saying =
  (change: (exit: MachineExit) => Partial<MachineExit>) =>
  (running: RunningMachine): RunningMachine => ({
    ...running,
    exited: running.exited.then((exit) => ({ ...exit, ...change(exit) })),
  });

const isDisk = (handle: DiskHandle, name: string) => handle.id.endsWith(`.${name}`);

/** What the host gets of a disk. */
const collecting =
  (name: string, change: (path: string) => void): NonNullable<Fault['adapter']> =>
  (inner, { workFolder }) => ({
    async collect(handle) {
      const path = await inner.collect(handle);
      if (!isDisk(handle, name)) return path;
      const copy = join(workFolder, `faulty-${handle.id}`);
      cpSync(path, copy);
      change(copy);
      return copy;
    },
  });

function swapped(machine: Machine, one: string, other: string): Machine {
  const disks = [...machine.disks];
  const [first, second] = [one, other].map((name) => disks.findIndex((disk) => isDisk(disk, name)));
  const [a, b] = [disks[first ?? -1], disks[second ?? -1]];
  if (a === undefined || b === undefined) return machine;
  disks[first ?? -1] = b;
  disks[second ?? -1] = a;
  return { ...machine, disks };
}

function overwrite(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0, at < 0 ? bytes.length + at : at);
  writeFileSync(path, bytes);
}

const ignoringSignal: Fault['adapter'] = (inner) => ({
  boot: (machine) => inner.boot(machine, new AbortController().signal),
});
const refusing =
  (way: string): NonNullable<Fault['adapter']> =>
  (inner) => ({
    boot: async (machine, signal) => {
      const own = machine.boot.kind === 'kernel' ? 'kernel' : machine.boot.firmware;
      if (own === way) throw new Error(`the VMM cannot start by ${way}`);
      return inner.boot(machine, signal);
    },
  });

let probes = 0;

export const faults: readonly (readonly Fault[])[] = [
  // Without a boot.
  [
    {
      number: 1,
      because: 'the probe, asked again: {',
      name: 'tells another version each time',
      adapter: (inner) => ({
        async probe(signal) {
          const probe = await inner.probe(signal);
          probes += 1;
          return probe.usable ? { ...probe, version: `${probes}` } : probe;
        },
      }),
    },
    {
      number: 5,
      because: 'These files are left: left-removed.',
      name: 'leaves a file of a removed disk',
      adapter: (inner, { workFolder }) => ({
        async remove(handle) {
          await inner.remove(handle);
          writeFileSync(join(workFolder, `left-${handle.id}`), '');
        },
      }),
    },
    {
      number: 6,
      because: 'the command line, asked again: [',
      name: 'tells another command line each time',
      adapter: (inner) => ({ command: (machine) => [...inner.command(machine), `${performance.now()}`] }),
    },
    {
      number: 7,
      because: 'ENOENT',
      name: 'cannot sweep what is not there',
      definition: { sweep: async (folder) => void readFileSync(join(folder, 'machines')) },
    },
  ],
  [
    {
      number: 2,
      because: 'its size in bytes: 1050624, and should be 1050112.',
      name: 'gives blank disks that are too large',
      adapter: (inner) => ({
        place: (handle, content) => {
          const extra = content.kind === 'blank' ? 512 : 0;
          return inner.place({ ...handle, sizeBytes: handle.sizeBytes + extra }, content);
        },
      }),
    },
    {
      number: 3,
      because: 'It does not hold the bytes that were placed.',
      name: 'changes the file that a disk is a copy of',
      adapter: (inner) => ({
        async place(handle, content) {
          if (content.kind === 'copy-of') appendFileSync(content.path, 'changed');
          await inner.place(handle, content);
        },
      }),
    },
    {
      number: 4,
      because: 'It does not hold the bytes that were placed.',
      name: 'takes a file and gives an empty disk',
      adapter: (inner) => ({
        place: (handle, content) => inner.place(handle, content.kind === 'take' ? { kind: 'blank' } : content),
      }),
    },
  ],
  // One main session with all of these.
  [
    {
      number: 8,
      because: 'In the place of the disk alpha the guest found other bytes.',
      name: 'swaps two disks of one size',
      machine: (machine) => swapped(machine, 'alpha', 'delta'),
    },
    {
      number: 12,
      because: 'The disk gamma does not hold what the guest wrote.',
      name: 'loses the last sector',
      adapter: collecting('gamma', (path) => overwrite(path, -512)),
    },
    {
      number: 13,
      because: "The guest's writes changed ",
      name: 'writes to the file that a disk is a copy of',
      adapter: (inner) => {
        const bases = new Map<string, string>();
        return {
          async place(handle, content) {
            if (content.kind === 'copy-of') bases.set(handle.id, content.path);
            await inner.place(handle, content);
          },
          async collect(handle) {
            const base = bases.get(handle.id);
            if (base !== undefined && isDisk(handle, 'beta')) appendFileSync(base, 'changed');
            return inner.collect(handle);
          },
        };
      },
    },
    {
      number: 20,
      because: 'processors: 3, and should be 2.',
      name: 'gives too many processors',
      machine: (machine) => ({ ...machine, cpus: machine.cpus + 1 }),
    },
    {
      number: 21,
      because: "The guest's kernel has ",
      name: 'gives less memory',
      machine: (machine) => ({ ...machine, memoryBytes: machine.memoryBytes / 2 }),
    },
    {
      number: 22,
      because: ' s went by in the guest, and ',
      name: 'holds the console up',
      running: onSerial({ kind: 'hold', at: / done 3 /, forMs: 20_000 }),
    },
    {
      number: 29,
      because: 'After stop() the VMM says that the machine ended by power-off.',
      name: 'calls a stop a power-off',
      running: saying(() => ({ reason: 'power-off' })),
    },
  ],
  [
    {
      number: 11,
      because: 'Disk 3 (build) should have 1050112 bytes.',
      name: 'rounds sizes up to whole MiB',
      adapter: (inner) => ({
        place: (handle, content) =>
          inner.place({ ...handle, sizeBytes: Math.ceil(handle.sizeBytes / 1024 ** 2) * 1024 ** 2 }, content),
      }),
    },
  ],
  [16, 17, 18, 19].map((number) => ({
    number,
    because: 'A part of what the build-VM sent got lost',
    name: 'loses every 10,000th byte of the console',
    ...(number === 16 ? { running: onSerial({ kind: 'drop', every: 10_000 }) } : {}),
  })),
  [
    {
      number: 9,
      because: 'QEMU did not start',
      name: 'claims disks too many',
      adapter: (inner) => ({
        async probe(signal) {
          const probe = await inner.probe(signal);
          if (!probe.usable) return probe;
          const { capabilities } = probe;
          return { ...probe, capabilities: { ...capabilities, mostDisks: capabilities.mostDisks + 8 } };
        },
      }),
    },
  ],
  [
    {
      number: 10,
      because: 'What the guest wrote to a packed disk is not there.',
      name: 'loses what lies behind the job',
      adapter: collecting('job', (path) => overwrite(path, 16 * 1024 ** 2)),
    },
  ],
  [
    {
      number: 14,
      because: 'what lies behind 4 GiB: "", and should be "behind 4 GiB".',
      name: 'ends disks at 4 GiB',
      adapter: collecting('large', (path) => truncateSync(path, 4 * 1024 ** 3)),
    },
  ],
  [
    {
      number: 15,
      because: 'the bytes of the finished step, on the host: ',
      name: 'loses what was written last',
      adapter: collecting('kept', (path) => overwrite(path, 65_536)),
    },
  ],
  [
    {
      number: 23,
      because: 'The second ran only when the first had ended.',
      name: 'lets a second machine wait',
      adapter: (inner) => ({
        async boot(machine, signal) {
          const before = others;
          const running = (async () => {
            await before;
            return inner.boot(machine, signal);
          })();
          others = running.then(({ exited }) => exited);
          return running;
        },
      }),
    },
  ],
  [
    {
      number: 24,
      because: 'The machine closed its console',
      name: 'closes a console that nobody reads',
      running: onSerial({ kind: 'impatient', afterMs: 2_000 }),
    },
  ],
  [
    {
      number: 25,
      because: 'A part of what the build-VM sent got lost',
      name: 'loses what nobody reads',
      running: onSerial({ kind: 'overflow' }),
    },
  ],
  [
    {
      number: 26,
      because: 'The machine closed its console in step 1',
      name: 'breaks when much is written at once',
      running: onSerial({ kind: 'fragile', mostBytes: 2_000 }),
    },
  ],
  [
    {
      number: 27,
      because: 'The machine closed its console in step 1',
      name: 'closes the console at text of the kernel',
      running: (running) => ({ ...running, serial: closedAt(running, /of the kernel/) }),
    },
  ],
  [
    {
      number: 28,
      because: 'what the host believed: [{"kind":"exit","code":0}], and should be "nothing".',
      name: 'hides forged frames',
      running: (running) => ({ ...running, serial: filtered(running, /VMB1 \S+ s 2 0{32} .*\n/g) }),
    },
  ],
  [
    {
      number: 30,
      because: 'The session broke off by reset, and should by panic.',
      name: 'loses the last words',
      running: (running) => ({ ...running, serial: filtered(running, /[^\n]*Kernel panic[^\n]*\n/g) }),
    },
  ],
  [
    {
      number: 31,
      because: 'The VMM says that the machine ended by power-off, and should say reset or unknown.',
      name: 'calls a reset a power-off',
      running: saying(({ reason }) => (reason === 'reset' ? { reason: 'power-off' } : {})),
    },
  ],
  [
    {
      number: 32,
      because: 'The VMM says that the machine ended by stopped, and should say power-off or unknown.',
      name: 'calls a power-off a stop',
      running: saying(({ reason }) => (reason === 'power-off' ? { reason: 'stopped' } : {})),
    },
  ],
  [
    {
      number: 33,
      because: 'The machine ended by itself (power-off).',
      name: 'ends machines that are silent',
      running: watchdog,
    },
  ],
  [
    {
      number: 34,
      because: 'The VMM says that the machine ended by power-off.',
      name: 'calls its own end a power-off',
      running: saying(() => ({ reason: 'power-off' })),
    },
  ],
  [
    {
      number: 35,
      because: 'The machine goes on.',
      name: 'does not end by stop',
      running: (running) => ({ ...running, exited: new Promise(() => {}) }),
    },
  ],
  [
    {
      number: 36,
      because: 'The machine goes on although its signal was aborted.',
      name: 'ignores the signal',
      adapter: ignoringSignal,
    },
  ],
  [
    {
      number: 37,
      because: 'how the session broke off: nothing, and should be "machine-ended".',
      name: 'ignores the signal while it boots',
      adapter: ignoringSignal,
    },
  ],
  [
    {
      number: 38,
      because: 'how the session broke off: nothing, and should be "machine-ended".',
      name: 'ignores the signal in a step',
      adapter: ignoringSignal,
    },
  ],
  [{ number: 39, because: 'the machine was stopped already', name: 'can be stopped once', running: stoppedOnce }],
  ...(['kernel', 'bios', 'uefi'] as const).map((way, index) => [
    {
      number: 40 + index,
      because: `the VMM cannot start by ${way}`,
      name: `claims to start by ${way}`,
      adapter: refusing(way),
    },
  ]),
  [
    {
      number: 43,
      because: 'The machine reset itself before the build-VM was ready',
      name: 'starts another disk',
      machine: (machine) => swapped(machine, 'system', 'bootable'),
    },
  ],
  [{ number: 44, because: 'These work folders are left: ', name: 'cannot sweep' }],
  [{ number: 45, because: 'It does not say that there is no room: ', name: 'does not say why it ended' }],
  [
    {
      number: 46,
      because: 'This process goes on: tail -f /dev/null ',
      name: 'leaves a process',
      adapter: (inner, { commands, workFolder }) => ({
        async boot(machine, signal) {
          const script = `exec tail -f /dev/null "${workFolder}" 2>/dev/null`;
          leftProcesses.push(await commands.start('sh', ['-c', script]));
          return inner.boot(machine, signal);
        },
      }),
    },
  ],
];

let others: Promise<unknown> = Promise.resolve();

/** What the last fault leaves on purpose. */
export const leftProcesses: { kill(): void }[] = [];

function watchdog(running: RunningMachine): RunningMachine {
  let heardMs = performance.now();
  let up = false;
  running.serial.on('data', (bytes: Buffer) => {
    heardMs = performance.now();
    up ||= bytes.includes('VMB1');
  });
  running.serial.pause();
  const silent = (async () => {
    while (!up || performance.now() - heardMs < 7_000) await sleep(200);
    await running.stop();
    return { reason: 'power-off' as const, detail: '' };
  })();
  return { ...running, exited: Promise.race([running.exited, silent]) };
}

function stoppedOnce(running: RunningMachine): RunningMachine {
  let times = 0;
  return {
    ...running,
    async stop() {
      times += 1;
      await running.stop();
      if (times > 1) throw new Error('the machine was stopped already');
    },
  };
}
