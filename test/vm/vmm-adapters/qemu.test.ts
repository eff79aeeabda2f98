// The QEMU adapter with real machines.
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Adapter, Boot, DiskHandle, Firmware, Machine } from '../../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { makeEspDisk } from '../../../vmm-adapters/lib/esp-disk.ts';
import { adapter } from '../../../vmm-adapters/qemu.ts';
import { biosDisk, efiProgram } from './tiny-guests.ts';

const never = new AbortController().signal;
let folder: string;
let work: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-vm-'));
  work = await mkdtemp(join(tmpdir(), 'vmb-vm-work-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
  await rm(work, { recursive: true });
});

async function open(options: Record<string, string> = {}): Promise<Adapter> {
  const context = { commands: localCommands, workFolder: work, cacheFolder: folder, trial: undefined };
  const qemu = adapter.open({ ...context, options: { accel: 'tcg', ...options } });
  expect(await qemu.probe(never)).toMatchObject({ usable: true });
  return qemu;
}

/** Places these bytes as disks, and gives a machine that starts the first. */
async function machineWith(qemu: Adapter, contents: readonly Buffer[], firmware: Firmware = 'bios'): Promise<Machine> {
  const disks: DiskHandle[] = [];
  for (const [index, content] of contents.entries()) {
    const path = join(folder, `${index}.img`);
    await writeFile(path, content);
    const disk: DiskHandle = { id: `disk-${index}`, role: index === 0 ? 'system' : 'build', sizeBytes: content.length };
    await qemu.place(disk, { kind: index === 0 ? 'copy-of' : 'take', path });
    disks.push(disk);
  }
  const boot: Boot = { kind: 'firmware', firmware };
  return { id: 'test', arch: 'x86_64', memoryBytes: 128 * 1024 * 1024, cpus: 1, boot, disks };
}

const disguised = biosDisk('THE WRONG DISK\r\n', 'power-off');

test.each([
  {},
  { disks: 'ahci' },
  { disks: 'ide' },
  { machine: 'pc' },
  { machine: 'pc', disks: 'ahci' },
  { machine: 'pc', disks: 'ide' },
])('BIOS starts disk 1 of three bootable ones, which powers off: %j', async (options) => {
  const qemu = await open(options);
  const machine = await machineWith(qemu, [biosDisk('HELLO\r\n', 'power-off'), disguised, disguised]);
  const running = await qemu.boot(machine, never);
  const said = text(running.serial);
  expect(await running.exited).toEqual({ reason: 'power-off', detail: '' });
  expect(await said).toBe('HELLO\r\n');
  await running.stop();
  expect((await readdir(work)).sort()).toEqual(['disk-disk-0.qcow2', 'disk-disk-1.raw', 'disk-disk-2.raw']);
});

test('a reset ends the machine and is told from a power-off', async () => {
  const qemu = await open();
  const running = await qemu.boot(await machineWith(qemu, [biosDisk('RESET\r\n', 'reset')]), never);
  expect(await running.exited).toEqual({ reason: 'reset', detail: '' });
  expect(await text(running.serial)).toBe('RESET\r\n');
});

test('the serial console takes input; an abort takes the power away', async () => {
  const qemu = await open();
  const machine = await machineWith(qemu, [biosDisk('', 'echo')]);
  const abort = new AbortController();
  const running = await qemu.boot(machine, abort.signal);
  let said = '';
  running.serial.on('data', (bytes: Buffer) => {
    said += bytes;
  });
  // The firmware swallows what comes before the guest listens.
  while (!said.includes('a')) {
    running.serial.write('a');
    await Promise.race([once(running.serial, 'data'), setTimeout(100)]);
  }
  running.serial.write('b'.repeat(1000));
  while (!said.endsWith('b'.repeat(1000))) await once(running.serial, 'data');
  expect(said).toMatch(/^a+b{1000}$/);
  abort.abort();
  expect(await running.exited).toEqual({ reason: 'stopped', detail: '' });
});

test('what a guest wrote is on the disk after stop, though it never flushed', async () => {
  // Through virtio SeaBIOS asks for no write cache, and QEMU then flushes after each write.
  const qemu = await open({ disks: 'ide' });
  const machine = await machineWith(qemu, [biosDisk('', 'write')]);
  const running = await qemu.boot(machine, never);
  expect(String((await once(running.serial, 'data'))[0])).toBe('W');
  await running.stop();
  const bytes = await readFile(await qemu.collect({ id: 'disk-0', role: 'system', sizeBytes: 0 }));
  expect(bytes.subarray(512, 1024)).toEqual(bytes.subarray(0, 512));
});

test('a bootable build disk is not booted when disk 1 is not', async () => {
  const qemu = await open();
  const startedAt = performance.now();
  const right = await qemu.boot(await machineWith(qemu, [disguised]), never);
  expect(await right.exited).toMatchObject({ reason: 'power-off' });
  const bootMs = performance.now() - startedAt;
  await qemu.remove({ id: 'disk-0', role: 'system', sizeBytes: 0 });

  const wrong = await qemu.boot(await machineWith(qemu, [Buffer.alloc(1024 * 1024), disguised]), never);
  const said = text(wrong.serial);
  expect(await Promise.race([wrong.exited, setTimeout(2_000 + 3 * bootMs, 'still running')])).toBe('still running');
  await wrong.stop();
  expect(await said).toBe('');
});

test('UEFI starts the one EFI program of a disk made around it, with fresh variables each time', async () => {
  const qemu = await open();
  const [program, path] = [join(folder, 'a.efi'), join(folder, 'esp.img')];
  await writeFile(program, efiProgram('HELLO FROM EFI\r\n'));
  await makeEspDisk(program, path);
  const disk: DiskHandle = { id: 'esp', role: 'system', sizeBytes: 64 * 1024 * 1024 };
  await qemu.place(disk, { kind: 'copy-of', path });
  const boot: Boot = { kind: 'firmware', firmware: 'uefi' };
  const machine: Machine = { id: 'efi', arch: 'x86_64', memoryBytes: 256 * 1024 * 1024, cpus: 1, boot, disks: [disk] };
  await writeFile(join(work, 'efi-firmware-variables.fd'), 'left from another boot');

  const running = await qemu.boot(machine, never);
  const said = text(running.serial);
  expect(await running.exited).toEqual({ reason: 'power-off', detail: '' });
  expect(await said).toContain('HELLO FROM EFI\r\n');
});

test('UEFI does not start an EFI program on a build disk', async () => {
  const qemu = await open();
  const [program, path] = [join(folder, 'a.efi'), join(folder, 'esp.img')];
  await writeFile(program, efiProgram('THE WRONG DISK\r\n'));
  await makeEspDisk(program, path);
  const machine = await machineWith(qemu, [Buffer.alloc(1024 * 1024)], 'uefi');
  const esp: DiskHandle = { id: 'esp', role: 'build', sizeBytes: 64 * 1024 * 1024 };
  await qemu.place(esp, { kind: 'copy-of', path });
  const running = await qemu.boot(
    { ...machine, memoryBytes: 256 * 1024 * 1024, disks: [...machine.disks, esp] },
    never,
  );
  let said = '';
  running.serial.on('data', (bytes: Buffer) => {
    said += bytes;
  });
  // OVMF has tried everything when it comes to its shell.
  while (!said.includes('Shell>') && !said.includes('WRONG')) await once(running.serial, 'data');
  await running.stop();
  expect(said).not.toContain('THE WRONG DISK');
});

test('what a pasted command does: the console comes to the terminal though nobody listens on the control socket', async () => {
  const qemu = await open();
  const machine = await machineWith(qemu, [biosDisk('PASTED\r\n', 'power-off')]);
  const [file = '', ...args] = qemu.command(machine);
  expect(await localCommands.run(file, args)).toMatchObject({ exitCode: 0, stdout: 'PASTED' });
});
