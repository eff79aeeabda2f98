// Finds out whether QEMU can be used here, and everything that a machine's command line depends on.
import { join } from 'node:path';
import type { AdapterContext, Boot, Machine, Probe, RunningMachine } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import type { CommandRunner } from './command.ts';
import { type Acceleration, chooseAcceleration, obstacleOn } from './qemu-acceleration.ts';
import type { Accelerator } from './qemu-command-line.ts';
import { askQemu, isAtLeast, oldestQemu, type QemuFacts } from './qemu-facts.ts';
import { type FirmwareFiles, findFirmware } from './qemu-firmware.ts';
import { type ChosenOptions, type Hardware, misfit, mostDisksOf } from './qemu-hardware.ts';
import { tryAccelerator } from './qemu-trial.ts';
import { openVerdictFile } from './verdict-file.ts';
import type { VmmHost } from './vmm-host.ts';

/** What is known once QEMU was found usable. */
export interface Setup {
  readonly facts: QemuFacts;
  readonly accelerator: Accelerator;
  /** Undefined when no UEFI firmware is installed. */
  readonly firmware: FirmwareFiles | undefined;
  readonly tied: boolean;
}

/** Boots a machine with what is known so far. */
export type BootWith = (setup: Setup, machine: Machine) => Promise<RunningMachine>;

export interface ProbeResult {
  readonly probe: Probe;
  readonly setup: Setup | undefined;
}

const install = 'On Debian: apt-get install qemu-system-x86 qemu-utils ovmf';

export async function probeQemu(
  context: AdapterContext,
  host: VmmHost,
  { hardware, accelerator }: ChosenOptions,
  bootWith: BootWith,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const wrong = misfit(hardware);
  if (wrong !== undefined) return unusable(wrong.reason, wrong.remedy);
  try {
    const { commands } = host;
    const asked = await Promise.all([
      askQemu(commands, signal),
      findFirmware(host.exists),
      canTie(commands, signal),
      commands.run('qemu-img', ['--version'], { signal }),
    ]);
    const [facts, firmware, tied] = asked;
    const obstacle = obstacleIn(facts, hardware);
    if (obstacle !== undefined) return unusable(obstacle.reason, obstacle.remedy);
    const base = { facts, firmware, tied };
    const acceleration = await chooseAcceleration({
      choice: accelerator,
      facts,
      trialKey: context.trial && `build-VM ${context.trial.digest}, machine ${hardware.model}`,
      verdicts: openVerdictFile(join(context.cacheFolder, verdictsName(host)), host.run),
      obstacle: (candidate) => obstacleOn(host, candidate),
      tryIt: (candidate) =>
        tryAccelerator(() => bootWith({ ...base, accelerator: candidate }, trialMachine(context)), signal),
    });
    return usable({ ...base, accelerator: acceleration.accelerator }, acceleration, hardware);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AdapterError)) throw error;
    if (error.code === 'program-missing') return unusable(error.message, install);
    if (error.code === 'adapter-unusable') return unusable(error.message, 'Take --vmm-option accel=auto.');
    return unusable(error.message, 'Install QEMU anew, from your distribution.');
  }
}

/** Each machine has its own. */
function verdictsName({ name }: VmmHost): string {
  const ending = name === undefined ? '' : `-${name.replaceAll(/[^A-Za-z0-9.@_-]/g, '_')}`;
  return `qemu-acceleration${ending}.json`;
}

function usable(setup: Setup, { accelerator, because }: Acceleration, hardware: Hardware): ProbeResult {
  const boots: ('kernel' | 'bios' | 'uefi')[] = ['kernel'];
  if (hardware.model !== 'microvm') boots.push('bios');
  if (hardware.model !== 'microvm' && setup.firmware !== undefined) boots.push('uefi');
  return {
    setup,
    probe: {
      usable: true,
      version: setup.facts.version,
      capabilities: {
        mostDisks: mostDisksOf(hardware),
        mostCpus: 64,
        mostMemoryBytes: 1024 ** 4,
        boots,
        architectures: ['x86_64', 'i686'],
        diskFormats: ['raw', 'qcow2', 'vhd', 'vhdx'],
        snapshots: false,
      },
      acceleration: { hardware: accelerator !== 'tcg', because },
    },
  };
}

function unusable(reason: string, remedy: string): ProbeResult {
  return { setup: undefined, probe: { usable: false, reason, remedy } };
}

function obstacleIn(facts: QemuFacts, { model }: Hardware): { reason: string; remedy: string } | undefined {
  if (!isAtLeast(facts.version, oldestQemu)) {
    return { reason: `QEMU ${facts.version} is too old; vmb needs ${oldestQemu}.`, remedy: 'Install a newer one.' };
  }
  if (facts.machines.includes(model)) return undefined;
  return {
    reason: `This QEMU was built without the machine ${model}.`,
    remedy: 'Take another --vmm-option machine, or install the QEMU of your distribution.',
  };
}

/** Whether util-linux's setpriv is here and can do it. */
async function canTie(commands: CommandRunner, signal: AbortSignal): Promise<boolean> {
  try {
    await commands.run('setpriv', ['--pdeathsig', 'KILL', 'true'], { signal });
    return true;
  } catch (error) {
    if (error instanceof AdapterError) return false;
    throw error;
  }
}

const trialMemoryBytes = 512 * 1024 * 1024;

function trialMachine({ trial }: AdapterContext): Machine {
  const boot: Boot = { kind: 'kernel', kernelPath: trial?.kernelPath ?? '', commandLine: '' };
  return { id: 'accelerator-trial', arch: 'x86_64', memoryBytes: trialMemoryBytes, cpus: 1, boot, disks: [] };
}
