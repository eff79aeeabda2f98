// What a trial boot proves, and what not; a stand-in for QEMU.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { localHost } from '../../../vmm-adapters/lib/local-host.ts';
import { startQemu } from '../../../vmm-adapters/lib/qemu-machine.ts';
import { tryAccelerator } from '../../../vmm-adapters/lib/qemu-trial.ts';

const standIn = fileURLToPath(new URL('stand-in-qemu.mjs', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-trial-'));
});

afterEach(async () => {
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

function trial(scenario: string, signal = new AbortController().signal) {
  const control = { kind: 'socket', path: join(folder, 'control.sock') } as const;
  const host = localHost({ commands: localCommands, workFolder: folder });
  const command = [process.execPath, standIn, scenario, control.path];
  const start = { host, machineId: 'm', command, control, disks: [] };
  return tryAccelerator(() => startQemu(start, signal), signal, 500);
}

test('the agent’s first line is the proof', async () => {
  expect(await trial('agent')).toEqual({
    works: true,
    because: expect.stringMatching(/^the build-VM booted on it in \d+\.\d s$/),
  });
});

test.each([
  ['hang', 'the build-VM did not become ready on it within 0.5 s'],
  ['guest-reset', 'the build-VM ended on it before it was ready (reset)'],
  ['refuse', 'QEMU does not start on it: qemu-system-x86_64: cannot set up guest memory: Cannot allocate memory'],
])('%s is none', async (scenario, because) => {
  expect(await trial(scenario)).toEqual({ works: false, because });
});

test('an abort is no verdict', async () => {
  const abort = new AbortController();
  const trying = trial('hang', abort.signal);
  await expect.poll(() => readdir(folder)).toContain('m.process.json');
  abort.abort(new Error('no more'));
  await expect(trying).rejects.toThrow('no more');
  await expect(trial('hang', AbortSignal.abort(new Error('no more')))).rejects.toThrow('no more');
});
