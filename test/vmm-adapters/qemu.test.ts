// The QEMU adapter without a VM: what it says of itself, of hosts that lack something, and of wrong requests.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Adapter, Machine, Probe } from '../../vmm-adapters/lib/adapter.ts';
import { type CommandRunner, localCommands } from '../../vmm-adapters/lib/command.ts';
import { adapter } from '../../vmm-adapters/qemu.ts';

const never = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-qemu-'));
});

afterEach(() => rm(folder, { recursive: true }));

function open(options: Record<string, string> = {}, commands: CommandRunner = localCommands): Adapter {
  return adapter.open({ commands, workFolder: folder, cacheFolder: folder, trial: undefined, options });
}

/** Runs these shell scripts in place of programs; their standard input is the program's. */
function standIns(scripts: Readonly<Record<string, string>>): CommandRunner {
  return {
    ...localCommands,
    run(file, args, options) {
      const script = scripts[file];
      return script === undefined
        ? localCommands.run(file, args, options)
        : localCommands.run('sh', ['-c', script], options);
    },
  };
}

/** As if this program were not installed. */
function without(program: string): CommandRunner {
  return {
    ...localCommands,
    run: (file, ...rest) => localCommands.run(file === program ? `/nowhere/${file}` : file, ...rest),
  };
}

function answers(version: string, machines: string): string {
  const [major, minor, micro] = version.split('.');
  return `cat <<'END'
{"QMP": {}}
{"return": {}}
{"return": {"qemu": {"major": ${major}, "minor": ${minor}, "micro": ${micro}}}}
{"return": ${machines}}
{"return": [{"name": "tcg-accel"}, {"name": "accel"}]}
{"return": []}
{"return": {}}
END`;
}

test('options: names, values, defaults', () => {
  expect(adapter.options).toMatchInlineSnapshot(`
    {
      "accel": {
        "summary": "what runs the guest; auto tries what the host offers with a real boot and falls back to software emulation",
        "values": [
          "auto",
          "tcg",
          "kvm",
          "hvf",
          "whpx",
        ],
      },
      "disks": {
        "summary": "how disks are attached",
        "values": [
          "virtio",
          "ahci",
          "ide",
        ],
      },
      "machine": {
        "summary": "the machine: q35 and pc start from firmware too, microvm only boots kernels and knows virtio disks only",
        "values": [
          "q35",
          "pc",
          "microvm",
        ],
      },
    }
  `);
});

test('what it can do', async () => {
  expect(await open().probe(never)).toMatchObject({
    usable: true,
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    capabilities: {
      mostDisks: 28,
      mostCpus: 64,
      mostMemoryBytes: 1024 ** 4,
      boots: ['kernel', 'bios', 'uefi'],
      architectures: ['x86_64', 'i686'],
      diskFormats: ['raw', 'qcow2', 'vhd', 'vhdx'],
      snapshots: false,
    },
    acceleration: { hardware: false, because: expect.stringMatching(/^software emulation \(tcg\): /) },
  });
});

test.each([
  [{ disks: 'ahci' }, 6],
  [{ machine: 'pc', disks: 'ide' }, 4],
  [{ machine: 'microvm' }, 8],
])('%j attaches %i disks at most', async (options, mostDisks) => {
  const probe = await open({ ...options, accel: 'tcg' }).probe(never);
  expect(probe.usable && probe.capabilities.mostDisks).toBe(mostDisks);
});

const hosts: [string, Record<string, string>, CommandRunner][] = [
  ['no QEMU', {}, without('qemu-system-x86_64')],
  ['no qemu-img', {}, without('qemu-img')],
  ['an old QEMU', {}, standIns({ 'qemu-system-x86_64': answers('5.2.0', '[{"name": "q35"}]') })],
  [
    'a QEMU without the machine',
    { machine: 'microvm' },
    standIns({ 'qemu-system-x86_64': answers('8.0.0', '[{"name": "q35"}]') }),
  ],
  [
    'a QEMU without the accelerator',
    { accel: 'kvm' },
    standIns({ 'qemu-system-x86_64': answers('8.0.0', '[{"name": "q35"}]') }),
  ],
  ['a machine without such disks', { machine: 'microvm', disks: 'ide' }, localCommands],
  ['something else of that name', {}, standIns({ 'qemu-system-x86_64': 'echo hello' })],
  ['a QEMU that crashes', {}, standIns({ 'qemu-system-x86_64': 'echo "symbol not found" >&2; exit 127' })],
];

test.each(hosts)('%s', async (_title, options, commands) => {
  const probe: Probe = await open(options, commands).probe(never);
  expect(probe.usable ? undefined : `${probe.reason}\n=> ${probe.remedy}`).toMatchSnapshot();
});

test('an abort is no verdict', async () => {
  await expect(open().probe(AbortSignal.abort(new Error('no more')))).rejects.toThrow('no more');
});

test('machines that cannot start', async () => {
  const machine: Machine = {
    id: 'm',
    arch: 'x86_64',
    memoryBytes: 128 * 1024 * 1024,
    cpus: 1,
    boot: { kind: 'firmware', firmware: 'bios' },
    disks: [],
  };
  const microvm = open({ machine: 'microvm', accel: 'tcg' });
  await microvm.probe(never);
  await expect(microvm.boot(machine, never)).rejects.toThrow(
    'The machine microvm starts from no firmware. Take --vmm-option machine=q35.',
  );
  const q35 = open({ accel: 'tcg' });
  await expect(() => q35.command(machine)).toThrow('Internal error: the adapter was used before a successful probe');
  await q35.probe(never);
  const old: Machine = { ...machine, arch: 'i686', boot: { kind: 'firmware', firmware: 'uefi' } };
  await expect(q35.boot(old, never)).rejects.toThrow('UEFI machines here start x86_64 systems only, not i686.');
});
