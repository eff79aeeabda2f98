// The command line for a machine: one pure function from data to words. What stands here was measured or has its reason beside it.
import type { Machine } from './adapter.ts';
import type { DiskFile } from './disk-files.ts';
import { isAtLeast, type QemuFacts, qemuProgram } from './qemu-facts.ts';
import type { FirmwareFiles } from './qemu-firmware.ts';
import { diskControllers, diskDevice, type Hardware } from './qemu-hardware.ts';
import type { ControlPath } from './vmm-host.ts';

export type Accelerator = 'tcg' | 'kvm' | 'hvf' | 'whpx';

export interface Launch {
  readonly machine: Machine;
  readonly hardware: Hardware;
  readonly accelerator: Accelerator;
  readonly facts: Pick<QemuFacts, 'version' | 'sandbox'>;
  /** In the order of `machine.disks`. */
  readonly disks: readonly DiskFile[];
  /** UEFI machines only; `variables` is the machine's own copy. */
  readonly firmware: FirmwareFiles | undefined;
  /** A socket that we listen on, or FIFOs. */
  readonly control: ControlPath;
  /** Whether this host can tie QEMU's life to that of its parent. */
  readonly tied: boolean;
}

/**
 * One named set of features under every accelerator, so that programs find the same processor everywhere: x86-64-v2, which
 * distributions now ask for, and rdrand, so that the guest's random numbers are ready at once. All of it exists in software
 * emulation. Not more: `max` announces fast `rep movsb`, which emulation makes three times slower than plain copying; and an
 * Intel model makes Linux guard against Meltdown, which costs a third of the speed.
 */
const processor = 'qemu64,vendor=AuthenticAMD,svm=off,ssse3=on,sse4.1=on,sse4.2=on,popcnt=on,rdrand=on';

export function commandLine(launch: Launch): string[] {
  const { machine, accelerator } = launch;
  return [
    ...(launch.tied ? tie : []),
    qemuProgram,
    ...['-name', machine.id],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...(launch.facts.sandbox ? ['-sandbox', sandbox] : []),
    ...['-machine', machineValue(launch)],
    ...['-accel', accelerator],
    ...['-cpu', processor],
    ...['-smp', `cpus=${machine.cpus},sockets=1,cores=${machine.cpus},threads=1`],
    ...['-m', `${Math.ceil(machine.memoryBytes / mebibyte)}M`],
    // Runs with the machine, from a date that the build knows: none sees the host's clock.
    ...['-rtc', `base=${new Date((machine.clockSeconds ?? fixedSeconds) * 1000).toISOString().slice(0, 19)},clock=vm`],
    // Pipes lose nothing and have no name; pasted into a terminal, the command shows the console there, whose Ctrl-C is the guest's.
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...['-chardev', controlValue(launch)],
    ...['-mon', 'chardev=control,mode=control'],
    ...bootWords(launch),
    ...diskControllers(launch.hardware).flatMap((device) => ['-device', device]),
    ...launch.disks.flatMap((disk, index) => diskWords(launch, disk, index)),
  ];
}

const mebibyte = 1024 * 1024;
const fixedSeconds = Date.UTC(2026, 0, 1) / 1000;

/** When the thread that started it is gone, even by SIGKILL, the kernel kills QEMU. `exec` keeps the process and its number. */
const tie = ['setpriv', '--pdeathsig', 'KILL'];

const sandbox = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

function machineValue({ hardware, firmware }: Launch): string {
  const words: string[] = [hardware.model];
  // A kernel waits half a second for the six ports of an AHCI controller without disks.
  if (hardware.model === 'q35' && hardware.bus !== 'ahci') words.push('sata=off');
  // microvm's ACPI tables lack the timer's interrupt. When a loaded host spoils the guest's measuring of its clock, Linux then
  // has no tick at all: 11 of 50 boots hung. Its MP table, used without ACPI, is right: 0 of 15.
  if (hardware.model === 'microvm') words.push('acpi=off');
  if (firmware !== undefined) words.push('pflash0=firmware-code', 'pflash1=firmware-variables');
  return words.join(',');
}

function controlValue(launch: Launch): string {
  const { kind, path } = launch.control;
  if (kind === 'fifos') return `pipe,id=control,path=${escaped(path)}`;
  return `socket,id=control,path=${escaped(path)},${retry(launch)}`;
}

/** So that a pasted command starts although nobody listens. */
function retry({ facts }: Launch): string {
  return isAtLeast(facts.version, '9.2.0') ? 'reconnect-ms=60000' : 'reconnect=60';
}

function bootWords({ machine, hardware, firmware }: Launch): string[] {
  const { boot } = machine;
  if (boot.kind === 'kernel') {
    // Without ACPI and keyboard controller only a triple fault resets a microvm.
    const commandLine = hardware.model === 'microvm' ? `${boot.commandLine} reboot=t`.trim() : boot.commandLine;
    return ['-kernel', boot.kernelPath, ...(commandLine === '' ? [] : ['-append', commandLine])];
  }
  // Strict: what has no boot index is not started, however bootable it is.
  const strict = ['-boot', 'strict=on'];
  if (firmware === undefined) return strict;
  return [
    ...['-blockdev', `driver=file,node-name=firmware-code,filename=${escaped(firmware.code)},read-only=on`],
    ...['-blockdev', `driver=file,node-name=firmware-variables,filename=${escaped(firmware.variables)}`],
    ...strict,
  ];
}

/**
 * No flush: a write that the guest was told is done lies in the host's page cache and outlives QEMU, by whatever signal it ends.
 * Only a crash of the host loses it, and with it the whole build. What the guest discards, or fills with zeroes, is a hole.
 */
function diskWords({ machine, hardware }: Launch, { path, format }: DiskFile, index: number): string[] {
  const node = `disk${index + 1}`;
  const isStarted = index === 0 && machine.boot.kind === 'firmware';
  return [
    '-blockdev',
    `driver=file,node-name=${node}-file,filename=${escaped(path)},cache.no-flush=on,discard=unmap`,
    '-blockdev',
    `driver=${format},node-name=${node},file=${node}-file,discard=unmap,detect-zeroes=unmap`,
    '-device',
    `${diskDevice(hardware, index, machine.disks.length)},drive=${node}${isStarted ? ',bootindex=0' : ''}`,
  ];
}

/** QEMU's option lists end a value at a comma, and read two as one. */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
