// The QEMU adapter with the build-VM: direct kernel boots on every machine, the accelerator's trial.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
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
