// The v86 adapter as far as it needs no machine: what it says of itself, what it refuses, its command line.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Adapter, Boot, Machine } from '../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../vmm-adapters/lib/command.ts';
import { readCommandLine } from '../../vmm-adapters/lib/v86-command-line.ts';
import { findDisk } from '../../vmm-adapters/lib/v86-disks.ts';
import { adapter } from '../../vmm-adapters/v86.ts';

const bios = { systemPath: '/bios', videoPath: '/video bios' };
const never = new AbortController().signal;
let work: string;

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'vmb-v86-'));
});

afterEach(() => rm(work, { recursive: true }));

function open(files: typeof bios | undefined = bios): Adapter {
  const context = { commands: localCommands, workFolder: work, cacheFolder: work, trial: undefined, options: {} };
  return adapter.open({ ...context, bios: files });
}

const byBios: Boot = { kind: 'firmware', firmware: 'bios' };

function machine(changes: Partial<Machine> = {}): Machine {
  return { id: 'test', arch: 'i686', memoryBytes: 2 ** 29, cpus: 1, boot: byBios, disks: [], ...changes };
}

test('says what it can do', async () => {
  expect(await open().probe(never)).toMatchInlineSnapshot(`
    {
      "acceleration": {
        "because": "an emulator in WebAssembly, in a thread of vmb",
        "hardware": false,
      },
      "capabilities": {
        "architectures": [
          "i686",
        ],
        "boots": [
          "kernel",
          "bios",
        ],
        "diskFormats": [
          "raw",
        ],
        "mostCpus": 1,
        "mostDisks": 2,
        "mostMemoryBytes": 2147352576,
        "snapshots": false,
      },
      "usable": true,
      "version": "0.5.462+g5f9a90f",
    }
  `);
});

test.each([
  [{ arch: 'x86_64' }, 'v86 has a 32-bit processor, which starts i686 systems only, not x86_64.'],
  [{ boot: { kind: 'firmware', firmware: 'uefi' } }, 'v86 has a BIOS, no UEFI. Take --vmm qemu for what needs UEFI.'],
] satisfies [Partial<Machine>, string][])('refuses what it cannot start: %j', async (changes, sentence) => {
  expect(() => open().command(machine(changes))).toThrow(sentence);
  await expect(open().boot(machine(changes), never)).rejects.toThrow(sentence);
});

test('without a BIOS it says where that comes from', () => {
  const context = { commands: localCommands, workFolder: work, cacheFolder: work, trial: undefined, options: {} };
  expect(() => adapter.open(context).command(machine())).toThrow(
    'v86 needs the BIOS that comes with the build-VM for i686, and there is none here. Make it with `vmb build-vm make --arch i686`, or take one from another machine with `vmb build-vm load FILE`.',
  );
});

test('its command line tells all that the machine is made of', async () => {
  const v86 = open();
  const base = join(work, 'base.img');
  await writeFile(base, Buffer.alloc(1024));
  const system = { id: 'system', role: 'system', sizeBytes: 1024 } as const;
  const job = { id: 'job', role: 'job', sizeBytes: 2048 } as const;
  await v86.place(system, { kind: 'copy-of', path: base });
  await v86.place(job, { kind: 'blank' });
  const boot: Boot = { kind: 'kernel', kernelPath: '/kernel', commandLine: 'vmb.shell' };
  const [node, program, ...words] = v86.command(machine({ boot, disks: [system, job] }));
  expect(node).toBe(process.execPath);
  expect(program).toMatch(/\/vmm-adapters\/lib\/v86-console\.js$/);
  expect(words.map((word) => word.replace(work, 'WORK'))).toMatchInlineSnapshot(`
    [
      "--memory",
      "536870912",
      "--bios",
      "/bios",
      "--video-bios",
      "/video bios",
      "--kernel",
      "/kernel",
      "--append",
      "vmb.shell",
      "--disk",
      "WORK/disk-system.overlay",
      "--disk",
      "WORK/disk-job.raw",
    ]
  `);
  expect(readCommandLine(words, findDisk)).toMatchObject({
    memoryBytes: 2 ** 29,
    bios,
    kernel: { path: '/kernel', commandLine: 'vmb.shell' },
    disks: [{ basePath: base }, { path: join(work, 'disk-job.raw'), basePath: undefined }],
  });
  const [, , ...plain] = v86.command(machine());
  expect(readCommandLine(plain, findDisk)).toMatchObject({ kernel: undefined, disks: [] });
});

test('a kernel that comes in two files is started from them', async () => {
  const parts = { kernelPath: '/vmlinuz', initramfsPath: '/initramfs' };
  const boot: Boot = { kind: 'kernel', kernelPath: '/kernel', parts, commandLine: '' };
  const words = open().command(machine({ boot }));
  expect(words.slice(-4)).toEqual(['--kernel', '/vmlinuz', '--initramfs', '/initramfs']);
  expect(readCommandLine(words.slice(2), () => expect.unreachable())).toMatchObject({
    kernel: { path: '/vmlinuz', initramfsPath: '/initramfs', commandLine: '' },
  });
});
