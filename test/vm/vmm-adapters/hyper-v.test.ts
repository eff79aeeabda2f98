// The Hyper-V adapter with real machines, through the stand-in: whole builds of both generations, every way to end, and nothing left.
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adapter } from '../../../vmm-adapters/hyper-v.ts';
import type { Adapter, DiskHandle, Machine } from '../../../vmm-adapters/lib/adapter.ts';
import { removeMachine } from '../../../vmm-adapters/lib/hyper-v-removal.ts';
import { localPowershell, runPowershell } from '../../../vmm-adapters/lib/run-powershell.ts';
import { leftMachines, standInCommands, standInEnvironment } from '../../vmm-adapters/stand-in-hyper-v.ts';
import { ext4Disk, makeVmb, type Vmb } from '../vmb.ts';
import { biosDisk } from './tiny-guests.ts';

const never = new AbortController().signal;
let machines: string;
let work: string;
let vmb: Vmb;

beforeEach(() => {
  machines = mkdtempSync(join(tmpdir(), 'vmb-hyper-v-'));
  work = mkdtempSync(join(tmpdir(), 'vmb-hyper-v-work-'));
  vmb = makeVmb(standInEnvironment(machines));
});

afterEach(() => {
  vmb.remove();
  for (const folder of [machines, work]) rmSync(folder, { recursive: true });
});

/** Processes whose command line names a machine of the stand-in that lies in `machines`. */
function processes(): string[] {
  const folders = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return folders.filter((pid) => {
    try {
      const isQemu = readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('qemu-system');
      return isQemu && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`HYPER_V_STAND_IN=${machines}\0`);
    } catch {
      return false;
    }
  });
}

/** Pipes are sockets in the folder of whoever uses them. */
function pipes(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.includes('pipe'));
}

function expectNothingLeft(folder: string): void {
  expect(leftMachines(machines)).toEqual([]);
  expect(processes()).toEqual([]);
  expect(pipes(folder)).toEqual([]);
}

const small = `${ext4Disk('16MiB')}
[[job]]
use = "run"
command = "echo hello >/mnt/greeting; cat /proc/partitions"
mount = { "/mnt" = "main:1" }

[[job]]
use = "export"
disk = "main"
as = "small.img"
`;

test('a build on generation 2 (UEFI, VHDX), on generation 1 (BIOS, VHD) and on QEMU gives the same bytes', async () => {
  await vmb.addBuild('small', small);
  const ways = { two: ['hyper-v'], one: ['hyper-v', '--vmm-option', 'generation=1'], qemu: ['qemu'] };
  const images: Buffer[] = [];
  for (const [out, vmm] of Object.entries(ways)) {
    const finished = await vmb.run('build', '--repo', 'test', '--name', 'small', '--out', out, '--vmm', ...vmm);
    expect(finished.exitCode, finished.stderr + finished.stdout).toBe(0);
    images.push(readFileSync(join(vmb.folder, out, 'small.img')));
  }
  const [two, one, qemu] = images;
  expect(two?.equals(qemu ?? Buffer.alloc(0))).toBe(true);
  expect(one?.equals(qemu ?? Buffer.alloc(0))).toBe(true);
  expectNothingLeft(vmb.folder);
  expect(readdirSync(join(vmb.stateFolder, 'work'))).toEqual([]);
});

/** A build that is in the middle of a step that never ends. */
async function midStep() {
  await vmb.addBuild('sleep', '[[job]]\nuse = "run"\ncommand = "echo asleep; sleep 600"\n');
  const started = vmb.start(
    ...['build', '--repo', 'test', '--name', 'sleep', '--vmm', 'hyper-v', '--vmm-option', 'generation=1', '--json'],
  );
  let said = '';
  started.child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  while (!said.includes('asleep')) {
    await Promise.race([setTimeout(100), started.finished]);
    expect(started.child.exitCode, said).toBe(null);
  }
  expect(leftMachines(machines)).toHaveLength(1);
  expect(pipes(vmb.folder)).toHaveLength(1);
  return started;
}

test('a killed vmb leaves a machine, which the next start finds by its name and removes', async () => {
  const { child, finished } = await midStep();
  child.kill('SIGKILL');
  await finished;
  expect(processes()).toHaveLength(1);
  expect(leftMachines(machines)).toHaveLength(1);
  const clean = await vmb.run('clean');
  expect(clean.exitCode, clean.stderr).toBe(0);
  expectNothingLeft(vmb.folder);
  expect(readdirSync(join(vmb.stateFolder, 'work'))).toEqual([]);
});

test('Ctrl-C in the middle of a step leaves nothing', async () => {
  const { child, finished } = await midStep();
  child.kill('SIGINT');
  expect((await finished).exitCode).toBe(130);
  expectNothingLeft(vmb.folder);
  expect(readdirSync(join(vmb.stateFolder, 'work'))).toEqual([]);
});

const disk: DiskHandle = { id: 'system', role: 'system', sizeBytes: 1024 * 1024 };
const machine: Machine = {
  id: 'test',
  arch: 'x86_64',
  memoryBytes: 64 * 1024 * 1024,
  cpus: 1,
  boot: { kind: 'firmware', firmware: 'bios' },
  disks: [disk],
};

async function openWith(content: Buffer, fault = ''): Promise<Adapter> {
  const options = { generation: '1' };
  const commands = standInCommands(machines, fault);
  const hyperV = adapter.open({ commands, workFolder: work, cacheFolder: work, trial: undefined, options });
  const path = join(work, 'content.raw');
  writeFileSync(path, content);
  await hyperV.place(disk, { kind: 'take', path });
  return hyperV;
}

test.each([
  ['', ''],
  [', also before anybody could connect to its serial port', 'no-pipe'],
])('a guest that powers off ends the machine%s; it is removed, its disks stay', async (_when, fault) => {
  const running = await (await openWith(biosDisk('', 'power-off'), fault)).boot(machine, never);
  running.serial.resume();
  expect(await running.exited).toEqual({
    reason: 'unknown',
    detail: expect.stringMatching(/^vmb-.*: Hyper-V says that it is off: by itself, or because its process ended\.$/),
  });
  expectNothingLeft(process.cwd());
  await running.stop();
  expect(readdirSync(work)).toEqual(['disk-system.vhd']);
});

test('the serial port takes input; stopped twice', async () => {
  const hyperV = await openWith(biosDisk('', 'echo'));
  const running = await hyperV.boot(machine, never);
  running.serial.write('hello');
  let said = '';
  running.serial.on('data', (bytes: Buffer) => (said += bytes.toString()));
  while (said !== 'hello') await once(running.serial, 'data');
  await running.stop();
  await running.stop();
  expect(await running.exited).toEqual({ reason: 'stopped', detail: '' });
  expectNothingLeft(process.cwd());
});

test('what the guest wrote is on the disk when the power is taken', async () => {
  const content = biosDisk('', 'write');
  const hyperV = await openWith(content);
  const running = await hyperV.boot(machine, never);
  running.serial.resume();
  const isWritten = (bytes: Buffer) => bytes.subarray(512, 1024).equals(content.subarray(0, 512));
  // A fixed VHD is the raw bytes, and a footer.
  await waitFor(() => isWritten(readFileSync(join(work, 'disk-system.vhd'))));
  await running.stop();
  expect(isWritten(readFileSync(await hyperV.collect(disk)))).toBe(true);
  expectNothingLeft(process.cwd());
});

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(100);
}

test('an abort takes the machine away, at every stage', async () => {
  const stages = { running: '', 'waiting for the pipe': 'no-pipe' };
  for (const [stage, fault] of Object.entries(stages)) {
    const hyperV = await openWith(biosDisk('', 'echo'), fault);
    const abort = new AbortController();
    const booted = hyperV.boot(machine, abort.signal);
    booted.catch(() => undefined);
    if (stage === 'running') await booted;
    else await waitFor(() => processes().length > 0);
    abort.abort(new Error('enough'));
    if (stage === 'running') expect((await (await booted).exited).reason).toBe('stopped');
    else await expect(booted).rejects.toThrow('enough');
    expectNothingLeft(process.cwd());
    await hyperV.remove(disk);
  }
  expect(existsSync(join(work, 'disk-system.vhd'))).toBe(false);
});

test('a machine that somebody else removes is told from one that powered off', async () => {
  const running = await (await openWith(biosDisk('', 'echo'))).boot(machine, never);
  running.serial.resume();
  const [record = ''] = readdirSync(work).filter((name) => name.endsWith('.hyper-v'));
  const name = record.replace('.hyper-v', '');
  await removeMachine((script) => runPowershell(localPowershell(standInCommands(machines)), script), name);
  const exit = await running.exited;
  expect(exit).toEqual({ reason: 'killed', detail: `${name}: somebody removed this virtual machine.` });
  expectNothingLeft(process.cwd());
});
