// A machine's life from the side of its starter: a stand-in for QEMU, no VM.
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunningMachine } from '../../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { localHost } from '../../../vmm-adapters/lib/local-host.ts';
import { startQemu } from '../../../vmm-adapters/lib/qemu-machine.ts';

const standIn = fileURLToPath(new URL('stand-in-qemu.mjs', import.meta.url));
const never = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-machine-'));
});

afterEach(async () => {
  // Whatever happened, the machine took its socket and its record with it.
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

function start(scenario: string, signal = never, answerMs?: number): Promise<RunningMachine> {
  const control = { kind: 'socket', path: join(folder, 'control.sock') } as const;
  const host = localHost({ commands: localCommands, workFolder: folder });
  const command = [process.execPath, standIn, scenario, control.path];
  const disks = [
    { path: '/work/one.raw', format: 'raw' as const },
    { path: '/work/two.raw', format: 'raw' as const },
  ];
  const request = { host, machineId: 'm', command, control, disks };
  return startQemu(request, signal, answerMs);
}

test('the serial console goes both ways; stop takes the power away, twice is fine', async () => {
  const machine = await start('echo');
  machine.serial.write('ping\n');
  expect(String((await once(machine.serial, 'data'))[0])).toBe('ping\n');
  expect(await readdir(folder)).toEqual(['control.sock', 'm.process.json']);
  await machine.stop();
  await machine.stop();
  expect(await machine.exited).toEqual({ reason: 'stopped', detail: '' });
  // Writing to a machine that is gone does nothing.
  await new Promise((resolve) => machine.serial.write('late', resolve));
});

test('a power-off; everything that was said before it is there for a reader who comes late', async () => {
  const machine = await start('guest-shutdown');
  const said = buffer(machine.serial);
  expect(await machine.exited).toEqual({ reason: 'power-off', detail: '' });
  expect(await said).toHaveLength(1_000_000);
});

test.each([
  ['guest-reset', { reason: 'reset', detail: '' }],
  ['guest-panic', { reason: 'panic', detail: '' }],
  ['no-event', { reason: 'unknown', detail: '' }],
  ['exit-3', { reason: 'failed', detail: 'QEMU ended with exit code 3. something broke' }],
  [
    'killed-by-host',
    { reason: 'killed', detail: 'QEMU was ended by SIGKILL; the host does this when its memory runs out.' },
  ],
  ['bad-sector', { reason: 'power-off', detail: '' }],
])('%s', async (scenario, exit) => {
  const machine = await start(scenario);
  expect(await machine.exited).toEqual(exit);
});

test('a full filesystem of the host ends the machine and names the file', async () => {
  const machine = await start('full-disk');
  expect(await machine.exited).toEqual({
    reason: 'failed',
    detail:
      '/work/two.raw: the filesystem that this file lies on is full. Free some space, or set VMB_HOME to a folder on a larger one.',
  });
});

test('a QEMU that does not quit is killed', async () => {
  const machine = await start('stubborn');
  await machine.stop();
  expect((await machine.exited).reason).toBe('stopped');
});

test('an abort at any time takes the power away', async () => {
  const abort = new AbortController();
  const machine = await start('hang', abort.signal);
  abort.abort();
  expect((await machine.exited).reason).toBe('stopped');
  expect(await text(machine.serial)).toBe('');
});

test('an abort before and while it starts', async () => {
  await expect(start('hang', AbortSignal.abort(new Error('no more')))).rejects.toThrow('no more');
  const abort = new AbortController();
  const starting = start('silent', abort.signal);
  abort.abort(new Error('no more'));
  await expect(starting).rejects.toThrow('no more');
});

test('a QEMU that does not start says why, with what to do and the command', async () => {
  await expect(start('refuse')).rejects.toThrow(
    new RegExp(
      `^QEMU did not start: it ended with exit code 1\\. The host has not enough free memory for this machine\\. Ask for less in \\[machine\\] memory, or end other programs\\.\\nIt said:\\nqemu-system-x86_64: cannot set up guest memory: Cannot allocate memory\\nThe command was:\\n${process.execPath} .* refuse `,
    ),
  );
});

test('a QEMU that never answers is ended', async () => {
  await expect(start('silent', never, 300)).rejects.toThrow(
    /^QEMU was started and does not answer on its control socket\.\nThe command was:\n/,
  );
});

test('a missing QEMU', async () => {
  const control = { kind: 'socket', path: join(folder, 'control.sock') } as const;
  const host = localHost({ commands: localCommands, workFolder: folder });
  const request = {
    host,
    machineId: 'm',
    command: ['/nowhere/qemu'],
    control,
    disks: [],
  };
  await expect(startQemu(request, never)).rejects.toThrow(
    '/nowhere/qemu: this program is not installed here, or may not be run.',
  );
});
