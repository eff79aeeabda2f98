// The Hyper-V adapter against the stand-in, as far as no machine has to run: disks, probes, and everything that it can complain of.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { adapter } from '../../vmm-adapters/hyper-v.ts';
import type { Adapter, DiskHandle, Machine } from '../../vmm-adapters/lib/adapter.ts';
import { type CommandRunner, localCommands } from '../../vmm-adapters/lib/command.ts';
import { startFailure } from '../../vmm-adapters/lib/hyper-v-failure.ts';
import { connectPipe } from '../../vmm-adapters/lib/hyper-v-pipe.ts';
import { machineName, recordMachine, removeMachine, removeRecorded } from '../../vmm-adapters/lib/hyper-v-removal.ts';
import { ps } from '../../vmm-adapters/lib/powershell.ts';
import { localPowershell, runPowershell } from '../../vmm-adapters/lib/run-powershell.ts';
import { leftMachines, standInCommands } from './stand-in-hyper-v.ts';

// Each PowerShell is a Node of its own.
vi.setConfig({ testTimeout: 60_000 });

const never = new AbortController().signal;
let work: string;
let machines: string;

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'vmb-hyper-v-'));
  machines = await mkdtemp(join(tmpdir(), 'vmb-hyper-v-machines-'));
});

afterEach(async () => {
  await rm(work, { recursive: true });
  await rm(machines, { recursive: true });
});

function open(generation = '2', commands: CommandRunner = standInCommands(machines)): Adapter {
  return adapter.open({ commands, workFolder: work, cacheFolder: work, trial: undefined, options: { generation } });
}

/** The message, with what changes from run to run taken out. */
async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(work, '/work').replaceAll(/vmb-[0-9a-f]{12}/g, 'vmb-ID');
}

const oddBytes = 3 * 1024 * 1024 + 512;
const disk: DiskHandle = { id: 'odd', role: 'build', sizeBytes: oddBytes };

test.each([
  ['2', 'vhdx', 'vhdx'],
  ['1', 'vhd', 'vpc'],
])('generation %s: a disk becomes %s and comes back as it was', async (generation, ending, format) => {
  const bytes = Buffer.alloc(oddBytes - 1024, 'not zero. ');
  const path = join(work, 'given.raw');
  const hyperV = open(generation);
  for (const kind of ['copy-of', 'take'] as const) {
    await writeFile(path, bytes);
    await hyperV.place(disk, { kind, path });
    const image = join(work, `disk-odd.${ending}`);
    const facts: unknown = JSON.parse(
      execFileSync('qemu-img', ['info', '-f', format, '--output=json', image], { encoding: 'utf8' }),
    );
    expect(facts).toMatchObject({ 'virtual-size': oddBytes });
    const collected = await readFile(await hyperV.collect(disk));
    expect(collected.length).toBe(oddBytes);
    expect(collected.subarray(0, bytes.length).equals(bytes)).toBe(true);
    expect(collected.subarray(bytes.length).every((byte) => byte === 0)).toBe(true);
    expect((await readdir(work)).includes('given.raw')).toBe(kind === 'copy-of');
    await hyperV.remove(disk);
  }
  expect(await readdir(work)).toEqual([]);
});

test('sizes that a format cannot hold', async () => {
  const huge: DiskHandle = { id: 'huge', role: 'build', sizeBytes: 2041 * 1024 ** 3 };
  expect(await messageOf(open('1').place(huge, { kind: 'blank' }))).toBe(
    'The disk huge has 2191507062784 bytes; a VHD disk has at most 2040 GiB. Take --vmm-option generation=2.',
  );
  const vast: DiskHandle = { ...huge, sizeBytes: 65 * 1024 ** 4 };
  expect(await messageOf(open().place(vast, { kind: 'blank' }))).toBe(
    'The disk huge has 71468255805440 bytes; a VHDX disk has at most 64 TiB.',
  );
});

test('a file that is larger than its disk leaves nothing', async () => {
  const path = join(machines, 'given.raw');
  await writeFile(path, Buffer.alloc(1024));
  const small: DiskHandle = { ...disk, sizeBytes: 512 };
  expect((await messageOf(open().place(small, { kind: 'copy-of', path }))).replace(machines, '/m')).toBe(
    '/m/given.raw: 1024 bytes do not fit on the disk odd, which has 512.',
  );
  expect(await readdir(work)).toEqual([]);
});

test('what machines can be', async () => {
  expect(await open('2').probe(never)).toMatchObject({
    usable: true,
    version: 'QEMU in the place of Hyper-V',
    capabilities: {
      boots: ['uefi'],
      architectures: ['x86_64'],
      mostDisks: 64,
      diskFormats: ['vhdx'],
      snapshots: false,
    },
    acceleration: { hardware: true, because: 'Hyper-V runs guests on the processor itself' },
  });
  expect(await open('1').probe(never)).toMatchObject({
    usable: true,
    capabilities: { boots: ['bios'], architectures: ['x86_64', 'i686'], mostDisks: 4, diskFormats: ['vhd'] },
  });
});

test.each(['no-role', 'no-rights', 'no-service', 'Get-VMHost', 'Get-VMHostSupportedVersion'])(
  'unusable: %s',
  async (fault) => {
    expect(await open('2', standInCommands(machines, fault)).probe(never)).toMatchSnapshot();
  },
);

test('unusable: no PowerShell, no qemu-img', async () => {
  expect(await open('2', localCommands).probe(never)).toMatchSnapshot();
  const withoutQemu: CommandRunner = {
    ...localCommands,
    run: (file, args, options) =>
      file === 'qemu-img'
        ? localCommands.run('/nowhere/qemu-img', args, options)
        : standInCommands(machines).run(file, args, options),
  };
  expect(await open('2', withoutQemu).probe(never)).toMatchSnapshot();
});

const plain: Machine = {
  id: 'session-1',
  arch: 'x86_64',
  memoryBytes: 64 * 1024 * 1024,
  cpus: 1,
  boot: { kind: 'firmware', firmware: 'uefi' },
  disks: [],
};

test('machines that Hyper-V does not have', async () => {
  const boot = (generation: string, changes: Partial<Machine>) =>
    messageOf(open(generation).boot({ ...plain, ...changes }, never));
  const kernel = { kind: 'kernel', kernelPath: '/k', commandLine: '' } as const;
  expect(await boot('2', { boot: kernel })).toBe(
    'Hyper-V starts machines from their firmware only, not from a kernel file.',
  );
  expect(await boot('1', {})).toBe(
    'Machines of generation 1 start by bios, not by uefi. Take --vmm-option generation=2.',
  );
  expect(await boot('2', { boot: { kind: 'firmware', firmware: 'bios' } })).toBe(
    'Machines of generation 2 start by uefi, not by bios. Take --vmm-option generation=1.',
  );
  expect(await boot('2', { arch: 'i686' })).toBe(
    'Machines of generation 2 start x86_64 systems only, not i686. Take --vmm-option generation=1.',
  );
});

test.each([
  'New-VM',
  'Remove-VMNetworkAdapter',
  'Set-VM',
  'Add-VMHardDiskDrive',
  'Get-VMHardDiskDrive',
  'Set-VMFirmware',
  'Set-VMComPort',
  'Start-VM',
])('%s fails: the message has it, and nothing is left', async (fault) => {
  const hyperV = open('2', standInCommands(machines, fault));
  await hyperV.place(disk, { kind: 'blank' });
  expect(await messageOf(hyperV.boot({ ...plain, disks: [disk] }, never))).toContain(
    `vmb-ID-session-1: Hyper-V did not start this machine.\n${fault} : ${fault} was told to fail.`,
  );
  expect(leftMachines(machines)).toEqual([]);
  expect(await readdir(work)).toEqual(['disk-odd.vhdx']);
});

const powershell = (script: Parameters<typeof runPowershell>[1], fault = '') =>
  runPowershell(localPowershell(standInCommands(machines, fault)), script);
const newMachine = (name: string) =>
  powershell([ps`New-VM -Name ${name} -Generation ${2} -NoVHD -Path ${work} -ErrorAction ${'Stop'}`]);

test('a machine of the same name is left alone', async () => {
  await newMachine(machineName(work, 'session-1'));
  expect(await messageOf(open().boot(plain, never))).toBe(
    "vmb-ID-session-1: Hyper-V has a virtual machine of this name already. If nobody uses it, remove it: Remove-VM -Name 'vmb-ID-session-1' -Force",
  );
  expect(leftMachines(machines)).toHaveLength(1);
});

test('a sweep removes the machines of its work folder by their names, and no other', async () => {
  for (const name of [machineName(work, 'a'), machineName(work, 'b'), 'vmb-of-somebody-else']) await newMachine(name);
  recordMachine(work, machineName(work, 'a'), '');
  recordMachine(work, machineName(work, 'b'), '');
  recordMachine(work, machineName(work, 'never-made'), '');
  recordMachine(work, 'vmb-of-somebody-else', '');
  await removeRecorded(() => powershell, work);
  expect(leftMachines(machines)).toHaveLength(1);
  expect(await readdir(work)).toEqual(['vmb-of-somebody-else.hyper-v']);
});

test('without PowerShell a sweep has nothing to do', async () => {
  recordMachine(work, machineName(work, 'a'), '');
  await adapter.sweep(work);
});

test('a machine that cannot be removed is named, with the command that removes it', async () => {
  await newMachine('x');
  expect(await messageOf(removeMachine((script) => powershell(script, 'Remove-VM'), 'x', 1))).toMatchSnapshot();
});

test('a pipe that never comes', async () => {
  expect(await messageOf(connectPipe(join(work, 'no-pipe'), never, 100))).toBe(
    '/work/no-pipe: the machine started, but its serial port did not come within 0.1 s (ENOENT).',
  );
});

test.each([
  'Add-VMHardDiskDrive : … (0xC03A001A)',
  'Start-VM : There is not enough space on the disk. (0x80070070)',
  'Start-VM : Not enough memory. (0x8007000E).\n    + FullyQualifiedErrorId : OutOfMemory,Microsoft.HyperV.PowerShell.Commands.StartVM',
  'New-VM : …\n    + FullyQualifiedErrorId : AccessDenied,Microsoft.HyperV.PowerShell.Commands.NewVM',
])('start failure: %s', (complaint) => {
  expect(startFailure('vmb-x', complaint, []).message).toMatchSnapshot();
});

test('the stand-in refuses what is not documented', async () => {
  const complaints = await Promise.all(
    [
      ps`Get-Nonsense -Name ${'x'}`,
      ps`Get-VM -Nonsense ${'x'}`,
      ps`Set-VM -Name ${'x'} -Notes ${'x'}`,
      ps`Set-VMComPort -VMName ${'x'}`,
      ps`Set-VM -Name ${1}`,
      ps`Set-VMFirmware -VMName ${'x'} -EnableSecureBoot ${'Maybe'}`,
    ].map(async (call) => {
      const answer = await powershell([call]);
      return answer.ok ? 'accepted' : answer.complaint.split('\n')[0];
    }),
  );
  expect(complaints).toMatchInlineSnapshot(`
    [
      "Get-Nonsense : The term 'Get-Nonsense' is not recognized as the name of a cmdlet, function, script file, or operable program.",
      "Get-VM : A parameter cannot be found that matches parameter name 'Nonsense'.",
      "Set-VM : The stand-in does not carry out -Notes of Set-VM.",
      "Set-VMComPort : Cannot process command because of one or more missing mandatory parameters: Number.",
      "Set-VM : Cannot bind parameter 'Name': a value of type String is needed, not a number.",
      "Set-VMFirmware : Cannot bind parameter 'EnableSecureBoot'. Cannot convert value "Maybe"; use one of: On, Off.",
    ]
  `);
});
