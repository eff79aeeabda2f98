// The v86 adapter with real machines: compiled, since its threads take no TypeScript.
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Adapter, AdapterDefinition, Boot, DiskHandle, Machine } from '../../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { type Compiled, compile } from '../../compile.ts';
import { biosDisk, type Ending, floodText } from './tiny-guests.ts';

const never = new AbortController().signal;
const mebibyte = 1024 * 1024;
/** Debian's package seabios, which comes with QEMU. */
const bios = { systemPath: '/usr/share/seabios/bios.bin', videoPath: '/usr/share/seabios/vgabios-stdvga.bin' };
const halted = {
  reason: 'unknown',
  detail: 'The guest halted its processor for good, as systems do that cannot power off, or cannot go on.',
};
let compiled: Compiled;
let definition: AdapterDefinition;
let folder: string;
let work: string;

beforeAll(async () => {
  compiled = await compile();
  const module: { adapter: AdapterDefinition } = await import(join(compiled.folder, 'vmm-adapters/v86.js'));
  definition = module.adapter;
});

afterAll(() => compiled.remove());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-vm-'));
  work = await mkdtemp(join(tmpdir(), 'vmb-vm-work-'));
});

afterEach(async () => {
  expect(await openFiles(work)).toEqual([]);
  await rm(folder, { recursive: true });
  await rm(work, { recursive: true });
});

/** What this process, with its threads, has open in a folder. */
async function openFiles(where: string): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => ''));
  return (await Promise.all(links)).filter((path) => path.startsWith(where));
}

function open(workFolder = work): Adapter {
  return definition.open({
    ...{ commands: localCommands, workFolder, cacheFolder: folder, trial: undefined, options: {} },
    bios,
  });
}

/** A machine that starts this guest from its first disk. */
async function machineWith(v86: Adapter, guest: Buffer, id = 'test'): Promise<Machine> {
  const path = join(folder, `${id}.img`);
  await writeFile(path, guest);
  const system: DiskHandle = { id: `${id}-system`, role: 'system', sizeBytes: guest.length };
  const second: DiskHandle = { id: `${id}-second`, role: 'build', sizeBytes: mebibyte };
  await v86.place(system, { kind: 'copy-of', path });
  await v86.place(second, { kind: 'blank' });
  const boot: Boot = { kind: 'firmware', firmware: 'bios' };
  return { id, arch: 'i686', memoryBytes: 64 * mebibyte, cpus: 1, boot, disks: [system, second] };
}

test.each<[Ending, object]>([
  ['power-off', halted],
  ['reset', { reason: 'reset', detail: '' }],
  ['triple-fault', { reason: 'reset', detail: 'The guest has no handler for a fault of its processor (#GP).' }],
])('how a guest ends: %s', async (ending, exit) => {
  const v86 = open();
  const running = await v86.boot(await machineWith(v86, biosDisk('HELLO\r\n', ending)), never);
  const said = text(running.serial);
  expect(await running.exited).toEqual(exit);
  expect(await said).toBe('HELLO\r\n');
  await running.stop();
});

test('1 MiB of output loses nothing, however slowly it is read', async () => {
  const v86 = open();
  const running = await v86.boot(await machineWith(v86, biosDisk('', 'flood')), never);
  // Longer than the guest would need if nothing held it back.
  await once(running.serial, 'readable');
  expect(await Promise.race([running.exited, setTimeout(3_000, 'waits')])).toBe('waits');
  expect((await buffer(running.serial)).equals(floodText)).toBe(true);
  expect(await running.exited).toEqual(halted);
});

test('a burst of 64 KiB comes back whole; two machines at once do not meet; abort and stop take the power away', async () => {
  const v86 = open();
  const abort = new AbortController();
  const burst = Buffer.from(floodText.subarray(0, 64 * 1024));
  const machines = await Promise.all(
    ['one', 'two'].map(async (id) => {
      const running = await v86.boot(await machineWith(v86, biosDisk(`READY ${id}`, 'echo'), id), abort.signal);
      const said: Buffer[] = [];
      running.serial.on('data', (bytes: Buffer) => said.push(bytes));
      const heard = async (length: number) => {
        while (Buffer.concat(said).length < length) await once(running.serial, 'data');
        return Buffer.concat(said);
      };
      return { id, running, heard };
    }),
  );
  for (const { id, running, heard } of machines) {
    expect((await heard(9)).toString()).toBe(`READY ${id}`);
    running.serial.write(burst);
  }
  for (const { heard } of machines) expect((await heard(9 + burst.length)).subarray(9).equals(burst)).toBe(true);
  const [one, two] = machines;
  await one?.running.stop();
  expect(await one?.running.exited).toEqual({ reason: 'stopped', detail: '' });
  abort.abort();
  expect(await two?.running.exited).toEqual({ reason: 'stopped', detail: '' });
});

test('what a guest wrote is on the disk after stop; the file under it is unchanged', async () => {
  const v86 = open();
  const guest = biosDisk('', 'write');
  const machine = await machineWith(v86, guest);
  const running = await v86.boot(machine, never);
  expect(String((await once(running.serial, 'data'))[0])).toBe('W');
  await running.stop();
  const bytes = await readFile(await v86.collect({ id: 'test-system', role: 'system', sizeBytes: 0 }));
  expect(bytes.subarray(512, 1024)).toEqual(bytes.subarray(0, 512));
  expect((await readFile(join(folder, 'test.img'))).equals(guest)).toBe(true);
  for (const disk of machine.disks) await v86.remove(disk);
  expect(await readdir(work)).toEqual([]);
});

test('an abort at any time takes the power away, and leaves neither threads nor open files', async () => {
  const v86 = open();
  const machine = await machineWith(v86, biosDisk('', 'loop'));
  const threads = async () => (await readdir('/proc/self/task')).length;
  await (await v86.boot(machine, never)).stop();
  const before = await threads();
  for (const delayMs of [0, 20, 100, 300, 1_000]) {
    const abort = new AbortController();
    const ended = v86.boot(machine, abort.signal).then(
      async ({ exited }) => (await exited).reason,
      (error: unknown) => error,
    );
    await setTimeout(delayMs);
    abort.abort();
    expect(['stopped', abort.signal.reason]).toContain(await ended);
  }
  expect(await threads()).toBeLessThanOrEqual(before);
});

test('a full filesystem of the host ends the machine and names the file', async () => {
  const small = join(work, 'small');
  await mkdir(small);
  await localCommands.run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
  try {
    const v86 = open(small);
    const machine = await machineWith(v86, biosDisk('', 'write'));
    await writeFile(join(small, 'full'), Buffer.alloc(mebibyte)).catch(() => undefined);
    const running = await v86.boot(machine, never);
    expect(await running.exited).toEqual({
      reason: 'failed',
      detail: `${join(small, 'disk-test-system.overlay')}: the filesystem that this file lies on is full. Free some space, or set VMB_HOME to a folder on a larger one.`,
    });
    await running.stop();
  } finally {
    await localCommands.run('umount', [small]);
  }
});

test('what a pasted command does: the console comes to the terminal, and the disk keeps what was written', async () => {
  const v86 = open();
  const machine = await machineWith(v86, biosDisk('PASTED\r\n', 'power-off'));
  const [file = '', ...args] = v86.command(machine);
  expect(await localCommands.run(file, args)).toEqual({
    exitCode: 0,
    stdout: 'PASTED',
    stderr: `v86: Ctrl-] takes the power away.\nv86: the machine ended (unknown). ${halted.detail}`,
  });
});
