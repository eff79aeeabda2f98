// The QEMU adapter with the build-VM: direct kernel boots on every machine, the accelerator's trial, the end of a killed vmb.
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBuildVm } from '../../../build-vm/make/find-build-vm.ts';
import { foldersOf } from '../../../runner/state/folders.ts';
import type { Adapter, DiskHandle, Machine, RunningMachine } from '../../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { adapter } from '../../../vmm-adapters/qemu.ts';

const never = new AbortController().signal;
const mebibyte = 1024 * 1024;
let work: string;

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'vmb-vm-'));
});

afterEach(() => rm(work, { recursive: true }));

function buildVm() {
  const found = findBuildVm({ cacheFolder: foldersOf(process.env, homedir(), '/').cache, arch: 'x86_64' });
  if (found === undefined) throw new Error('There is no build-VM yet; run `make setup`.');
  return found;
}

function open(options: Record<string, string>): Adapter {
  const { files, digest } = buildVm();
  const trial = { kernelPath: files.efi, systemDiskPath: files.systemDisk, digest };
  return adapter.open({ commands: localCommands, workFolder: work, cacheFolder: work, trial, options });
}

function machineOf(disks: readonly DiskHandle[], cpus: number): Machine {
  const boot = { kind: 'kernel', kernelPath: buildVm().files.efi, commandLine: '' } as const;
  return { id: 'order', arch: 'x86_64', memoryBytes: 512 * mebibyte, cpus, boot, disks };
}

/** The agent misses a job disk, and tells which disks it found: "1: /dev/vda, 1048576 bytes; 2: …". */
async function foundDisks({ serial }: RunningMachine): Promise<string> {
  let said = '';
  for await (const bytes of serial) {
    said += bytes;
    const text = Buffer.from(/ fault \S+ (\S+) /.exec(said)?.[1] ?? '', 'base64').toString();
    if (text !== '') return /Found: (.*?);?$/.exec(text)?.[1] ?? text;
  }
  return said;
}

const virtio = '1: /dev/vda, 3145728 bytes; 2: /dev/vdb, 2097152 bytes; 3: /dev/vdc, 1048576 bytes';

test.each([
  [{}, 2, virtio],
  [{ machine: 'pc' }, 1, virtio],
  [{ disks: 'ahci' }, 1, virtio.replaceAll('vd', 'sd')],
  [{ machine: 'pc', disks: 'ide' }, 1, virtio.replaceAll('vd', 'sd')],
  // The kernel numbers these as it finds them; the agent goes by the slot.
  [{ machine: 'microvm' }, 1, virtio],
])('%j with %i processors boots a kernel and shows the disks in order', async (options, cpus, expected) => {
  const qemu = open({ accel: 'tcg', ...options });
  await qemu.probe(never);
  const disks = [3, 2, 1].map((size): DiskHandle => ({ id: `d${size}`, role: 'build', sizeBytes: size * mebibyte }));
  for (const disk of disks) await qemu.place(disk, { kind: 'blank' });
  const running = await qemu.boot(machineOf(disks, cpus), never);
  expect(await foundDisks(running)).toBe(expected);
  await running.stop();
  expect(await running.exited).toEqual({ reason: 'stopped', detail: '' });
});

test('auto: decided by a boot within 10 s, then remembered', async () => {
  const firstAt = performance.now();
  const first = await open({}).probe(never);
  expect(performance.now() - firstAt).toBeLessThan(10_000);
  expect(await readdir(work)).toEqual(
    first.usable && /kvm/.test(first.acceleration.because) ? ['qemu-acceleration.json'] : [],
  );
  const secondAt = performance.now();
  expect(await open({}).probe(never)).toEqual(first);
  expect(performance.now() - secondAt).toBeLessThan(1_000);
  expect(first.usable && first.acceleration.because).toMatch(
    /^(kvm: the build-VM booted|software emulation \(tcg\): )/,
  );
});

test('when vmb is killed, QEMU ends with it, and the next start removes what is left', async () => {
  const compiled = fileURLToPath(new URL('../../../dist/vmm-adapters/', import.meta.url));
  const program = `
    import { adapter } from ${JSON.stringify(`${compiled}qemu.js`)};
    import { localCommands } from ${JSON.stringify(`${compiled}lib/command.js`)};
    const signal = new AbortController().signal;
    const [workFolder, machine] = process.argv.slice(1);
    const qemu = adapter.open({ commands: localCommands, workFolder, cacheFolder: workFolder, options: { accel: 'tcg' } });
    await qemu.probe(signal);
    await qemu.boot(JSON.parse(machine), signal);
    console.log('booted');
    setInterval(() => undefined, 1000);`;
  const args = ['--input-type=module', '--eval', program, work, JSON.stringify(machineOf([], 1))];
  const vmb = await localCommands.start(process.execPath, args);
  for await (const bytes of vmb.stdout) if (String(bytes).includes('booted')) break;
  expect((await readdir(work)).sort()).toEqual(['control-order.sock', 'order.process.json']);
  const { pid } = JSON.parse(readFileSync(join(work, 'order.process.json'), 'utf8'));
  expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).toMatch(/^qemu-system-x86_64\0/);

  vmb.kill();
  await vmb.exited;
  for (let left = 100; left > 0 && isAlive(pid); left -= 1) await setTimeout(50);
  expect(isAlive(pid)).toBe(false);
  await adapter.sweep(work);
  expect(await readdir(work)).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
