// The command line of every kind of machine, word for word.
import { expect, test } from 'vitest';
import type { Boot, DiskHandle } from '../../../vmm-adapters/lib/adapter.ts';
import { commandLine, type Launch } from '../../../vmm-adapters/lib/qemu-command-line.ts';
import type { DiskBus, MachineModel } from '../../../vmm-adapters/lib/qemu-hardware.ts';

const kernel: Boot = { kind: 'kernel', kernelPath: '/vm/build-vm.efi', commandLine: '' };
const bios: Boot = { kind: 'firmware', firmware: 'bios' };
const uefi: Boot = { kind: 'firmware', firmware: 'uefi' };

function launchOf(model: MachineModel, bus: DiskBus, boot: Boot, changes: Partial<Launch> = {}, cpus = 1): Launch {
  const disks: DiskHandle[] = [
    { id: 'system', role: 'system', sizeBytes: 1 },
    { id: 'job', role: 'job', sizeBytes: 1 },
    { id: 'main', role: 'build', sizeBytes: 1 },
  ];
  return {
    machine: { id: 'session-1', arch: 'x86_64', memoryBytes: 512 * 1024 * 1024, cpus, boot, disks },
    hardware: { model, bus },
    accelerator: 'tcg',
    facts: { version: '7.2.22', sandbox: true },
    disks: [
      { path: '/work/disk-system.qcow2', format: 'qcow2' },
      { path: '/work/disk-job.raw', format: 'raw' },
      { path: '/work/disk-main.raw', format: 'raw' },
    ],
    firmware: boot === uefi ? { code: '/ovmf/code.fd', variables: '/work/variables.fd' } : undefined,
    control: { kind: 'socket', path: '/work/control.sock' },
    tied: true,
    ...changes,
  };
}

/** One option a line. */
function optionsOf(launch: Launch): string[] {
  return commandLine(launch)
    .join(' ')
    .split(/ (?=-[a-z])/);
}

const usual = optionsOf(launchOf('q35', 'virtio', kernel));

/** What is other than in the usual machine: everything else is the same, in the same order. */
function difference(launch: Launch): string {
  const options = optionsOf(launch);
  const gone = usual.filter((option) => !options.includes(option)).map((option) => `- ${option}`);
  const added = options.filter((option) => !usual.includes(option)).map((option) => `+ ${option}`);
  return [...gone, ...added].join('\n');
}

test('the usual machine: q35, virtio disks, direct kernel boot', () => {
  expect(usual.join('\n')).toMatchInlineSnapshot(`
    "setpriv --pdeathsig KILL qemu-system-x86_64
    -name session-1
    -nodefaults
    -no-user-config
    -display none
    -no-reboot
    -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
    -machine q35,sata=off
    -accel tcg
    -cpu qemu64,vendor=AuthenticAMD,svm=off,ssse3=on,sse4.1=on,sse4.2=on,popcnt=on,rdrand=on
    -smp cpus=1,sockets=1,cores=1,threads=1
    -m 512M
    -rtc base=2026-01-01T00:00:00,clock=vm
    -chardev stdio,id=console,signal=off
    -serial chardev:console
    -chardev socket,id=control,path=/work/control.sock,reconnect=60
    -mon chardev=control,mode=control
    -kernel /vm/build-vm.efi
    -blockdev driver=file,node-name=disk1-file,filename=/work/disk-system.qcow2,cache.no-flush=on,discard=unmap
    -blockdev driver=qcow2,node-name=disk1,file=disk1-file,discard=unmap,detect-zeroes=unmap
    -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    -blockdev driver=file,node-name=disk2-file,filename=/work/disk-job.raw,cache.no-flush=on,discard=unmap
    -blockdev driver=raw,node-name=disk2,file=disk2-file,discard=unmap,detect-zeroes=unmap
    -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    -blockdev driver=file,node-name=disk3-file,filename=/work/disk-main.raw,cache.no-flush=on,discard=unmap
    -blockdev driver=raw,node-name=disk3,file=disk3-file,discard=unmap,detect-zeroes=unmap
    -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3"
  `);
});

test('firmware boots of it', () => {
  expect(difference(launchOf('q35', 'virtio', bios))).toMatchInlineSnapshot(`
    "- -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    + -boot strict=on
    + -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1,bootindex=0"
  `);
  expect(difference(launchOf('q35', 'virtio', uefi))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    + -machine q35,sata=off,pflash0=firmware-code,pflash1=firmware-variables
    + -blockdev driver=file,node-name=firmware-code,filename=/ovmf/code.fd,read-only=on
    + -blockdev driver=file,node-name=firmware-variables,filename=/work/variables.fd
    + -boot strict=on
    + -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1,bootindex=0"
  `);
});

test('q35 with AHCI disks', () => {
  expect(difference(launchOf('q35', 'ahci', kernel))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine q35
    + -device ide-hd,bus=ide.0,drive=disk1
    + -device ide-hd,bus=ide.1,drive=disk2
    + -device ide-hd,bus=ide.2,drive=disk3"
  `);
  expect(difference(launchOf('q35', 'ahci', bios))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine q35
    + -boot strict=on
    + -device ide-hd,bus=ide.0,drive=disk1,bootindex=0
    + -device ide-hd,bus=ide.1,drive=disk2
    + -device ide-hd,bus=ide.2,drive=disk3"
  `);
  expect(difference(launchOf('q35', 'ahci', uefi))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine q35,pflash0=firmware-code,pflash1=firmware-variables
    + -blockdev driver=file,node-name=firmware-code,filename=/ovmf/code.fd,read-only=on
    + -blockdev driver=file,node-name=firmware-variables,filename=/work/variables.fd
    + -boot strict=on
    + -device ide-hd,bus=ide.0,drive=disk1,bootindex=0
    + -device ide-hd,bus=ide.1,drive=disk2
    + -device ide-hd,bus=ide.2,drive=disk3"
  `);
});

test('q35 with IDE disks', () => {
  expect(difference(launchOf('q35', 'ide', kernel))).toMatchInlineSnapshot(`
    "- -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -device piix3-ide,id=ide,bus=pcie.0,addr=0x2
    + -device ide-hd,bus=ide.0,unit=0,drive=disk1
    + -device ide-hd,bus=ide.0,unit=1,drive=disk2
    + -device ide-hd,bus=ide.1,unit=0,drive=disk3"
  `);
  expect(difference(launchOf('q35', 'ide', bios))).toMatchInlineSnapshot(`
    "- -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -boot strict=on
    + -device piix3-ide,id=ide,bus=pcie.0,addr=0x2
    + -device ide-hd,bus=ide.0,unit=0,drive=disk1,bootindex=0
    + -device ide-hd,bus=ide.0,unit=1,drive=disk2
    + -device ide-hd,bus=ide.1,unit=0,drive=disk3"
  `);
  expect(difference(launchOf('q35', 'ide', uefi))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine q35,sata=off,pflash0=firmware-code,pflash1=firmware-variables
    + -blockdev driver=file,node-name=firmware-code,filename=/ovmf/code.fd,read-only=on
    + -blockdev driver=file,node-name=firmware-variables,filename=/work/variables.fd
    + -boot strict=on
    + -device piix3-ide,id=ide,bus=pcie.0,addr=0x2
    + -device ide-hd,bus=ide.0,unit=0,drive=disk1,bootindex=0
    + -device ide-hd,bus=ide.0,unit=1,drive=disk2
    + -device ide-hd,bus=ide.1,unit=0,drive=disk3"
  `);
});

test('pc with virtio disks', () => {
  expect(difference(launchOf('pc', 'virtio', kernel))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine pc
    + -device virtio-blk-pci,bus=pci.0,addr=0x2,drive=disk1
    + -device virtio-blk-pci,bus=pci.0,addr=0x3,drive=disk2
    + -device virtio-blk-pci,bus=pci.0,addr=0x4,drive=disk3"
  `);
  expect(difference(launchOf('pc', 'virtio', bios))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine pc
    + -boot strict=on
    + -device virtio-blk-pci,bus=pci.0,addr=0x2,drive=disk1,bootindex=0
    + -device virtio-blk-pci,bus=pci.0,addr=0x3,drive=disk2
    + -device virtio-blk-pci,bus=pci.0,addr=0x4,drive=disk3"
  `);
  expect(difference(launchOf('pc', 'virtio', uefi))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine pc,pflash0=firmware-code,pflash1=firmware-variables
    + -blockdev driver=file,node-name=firmware-code,filename=/ovmf/code.fd,read-only=on
    + -blockdev driver=file,node-name=firmware-variables,filename=/work/variables.fd
    + -boot strict=on
    + -device virtio-blk-pci,bus=pci.0,addr=0x2,drive=disk1,bootindex=0
    + -device virtio-blk-pci,bus=pci.0,addr=0x3,drive=disk2
    + -device virtio-blk-pci,bus=pci.0,addr=0x4,drive=disk3"
  `);
});

test('pc with AHCI disks', () => {
  expect(difference(launchOf('pc', 'ahci', kernel))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine pc
    + -device ich9-ahci,id=sata,bus=pci.0,addr=0x2
    + -device ide-hd,bus=sata.0,drive=disk1
    + -device ide-hd,bus=sata.1,drive=disk2
    + -device ide-hd,bus=sata.2,drive=disk3"
  `);
  expect(difference(launchOf('pc', 'ahci', bios))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine pc
    + -boot strict=on
    + -device ich9-ahci,id=sata,bus=pci.0,addr=0x2
    + -device ide-hd,bus=sata.0,drive=disk1,bootindex=0
    + -device ide-hd,bus=sata.1,drive=disk2
    + -device ide-hd,bus=sata.2,drive=disk3"
  `);
  expect(difference(launchOf('pc', 'ahci', uefi))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine pc,pflash0=firmware-code,pflash1=firmware-variables
    + -blockdev driver=file,node-name=firmware-code,filename=/ovmf/code.fd,read-only=on
    + -blockdev driver=file,node-name=firmware-variables,filename=/work/variables.fd
    + -boot strict=on
    + -device ich9-ahci,id=sata,bus=pci.0,addr=0x2
    + -device ide-hd,bus=sata.0,drive=disk1,bootindex=0
    + -device ide-hd,bus=sata.1,drive=disk2
    + -device ide-hd,bus=sata.2,drive=disk3"
  `);
});

test('pc with IDE disks', () => {
  expect(difference(launchOf('pc', 'ide', kernel))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine pc
    + -device ide-hd,bus=ide.0,unit=0,drive=disk1
    + -device ide-hd,bus=ide.0,unit=1,drive=disk2
    + -device ide-hd,bus=ide.1,unit=0,drive=disk3"
  `);
  expect(difference(launchOf('pc', 'ide', bios))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine pc
    + -boot strict=on
    + -device ide-hd,bus=ide.0,unit=0,drive=disk1,bootindex=0
    + -device ide-hd,bus=ide.0,unit=1,drive=disk2
    + -device ide-hd,bus=ide.1,unit=0,drive=disk3"
  `);
  expect(difference(launchOf('pc', 'ide', uefi))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -kernel /vm/build-vm.efi
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine pc,pflash0=firmware-code,pflash1=firmware-variables
    + -blockdev driver=file,node-name=firmware-code,filename=/ovmf/code.fd,read-only=on
    + -blockdev driver=file,node-name=firmware-variables,filename=/work/variables.fd
    + -boot strict=on
    + -device ide-hd,bus=ide.0,unit=0,drive=disk1,bootindex=0
    + -device ide-hd,bus=ide.0,unit=1,drive=disk2
    + -device ide-hd,bus=ide.1,unit=0,drive=disk3"
  `);
});

test('microvm: the slots count down, the kernel numbers them upwards', () => {
  expect(difference(launchOf('microvm', 'virtio', kernel))).toMatchInlineSnapshot(`
    "- -machine q35,sata=off
    - -device virtio-blk-pci,bus=pcie.0,addr=0x2,drive=disk1
    - -device virtio-blk-pci,bus=pcie.0,addr=0x3,drive=disk2
    - -device virtio-blk-pci,bus=pcie.0,addr=0x4,drive=disk3
    + -machine microvm,acpi=off
    + -append reboot=t
    + -device virtio-blk-device,bus=virtio-mmio-bus.2,drive=disk1
    + -device virtio-blk-device,bus=virtio-mmio-bus.1,drive=disk2
    + -device virtio-blk-device,bus=virtio-mmio-bus.0,drive=disk3"
  `);
  const told = { ...kernel, commandLine: 'vmb.shell' };
  expect(commandLine(launchOf('microvm', 'virtio', told)).join(' ')).toContain(' -append vmb.shell reboot=t ');
});

test('two processors', () => {
  expect(difference(launchOf('q35', 'virtio', kernel, {}, 2))).toMatchInlineSnapshot(`
    "- -smp cpus=1,sockets=1,cores=1,threads=1
    + -smp cpus=2,sockets=1,cores=2,threads=1"
  `);
});

test('accelerators change one word and nothing that the guest sees', () => {
  expect(difference(launchOf('q35', 'virtio', kernel, { accelerator: 'kvm' }))).toMatchInlineSnapshot(`
    "- -accel tcg
    + -accel kvm"
  `);
});

test('a kernel command line is one argument', () => {
  const told: Boot = { ...kernel, commandLine: 'console=ttyS0 quiet' };
  const words = commandLine(launchOf('q35', 'virtio', told));
  expect(words.slice(words.indexOf('-kernel'), words.indexOf('-kernel') + 4)).toEqual([
    '-kernel',
    '/vm/build-vm.efi',
    '-append',
    'console=ttyS0 quiet',
  ]);
});

test('QEMU without sandbox, host without setpriv, new QEMU', () => {
  const changes = { facts: { version: '10.0.2', sandbox: false }, tied: false };
  expect(difference(launchOf('q35', 'virtio', kernel, changes))).toMatchInlineSnapshot(`
    "- setpriv --pdeathsig KILL qemu-system-x86_64
    - -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
    - -chardev socket,id=control,path=/work/control.sock,reconnect=60
    + qemu-system-x86_64
    + -chardev socket,id=control,path=/work/control.sock,reconnect-ms=60000"
  `);
});

test('commas in file names are doubled, odd memory is rounded up', () => {
  const launch = launchOf('q35', 'virtio', kernel, {
    control: { kind: 'socket', path: '/a,b/control.sock' },
    disks: [{ path: '/a,b/c d.raw', format: 'raw' }],
  });
  const words = commandLine({ ...launch, machine: { ...launch.machine, memoryBytes: 128 * 1024 * 1024 + 1 } });
  expect(words.filter((word) => word.includes('a,') || /^\d+M$/.test(word))).toMatchInlineSnapshot(`
    [
      "129M",
      "socket,id=control,path=/a,,b/control.sock,reconnect=60",
      "driver=file,node-name=disk1-file,filename=/a,,b/c d.raw,cache.no-flush=on,discard=unmap",
    ]
  `);
});

test('twenty-eight disks have twenty-eight addresses', () => {
  const launch = launchOf('pc', 'virtio', kernel, {
    disks: Array.from({ length: 28 }, (_, index) => ({ path: `/work/${index}`, format: 'raw' as const })),
  });
  const devices = commandLine(launch).filter((word) => word.startsWith('virtio-blk-pci'));
  expect(new Set(devices).size).toBe(28);
  expect(devices.at(-1)).toBe('virtio-blk-pci,bus=pci.0,addr=0x1d,drive=disk28');
});

test('on another machine the control wire is two FIFOs, which no server can forbid', () => {
  const launch = launchOf('q35', 'virtio', kernel, { control: { kind: 'fifos', path: '/cache/a,b/control-s1' } });
  expect(commandLine(launch).filter((word) => word.includes('id=control'))).toEqual([
    'pipe,id=control,path=/cache/a,,b/control-s1',
  ]);
});
