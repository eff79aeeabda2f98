// Finds out whether Hyper-V can be used, and what its machines may have.
import type { Capabilities, Probe } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import type { CommandRunner } from './command.ts';
import { obstacleOf } from './hyper-v-failure.ts';
import { type Generation, hostScript, versionScript } from './hyper-v-script.ts';
import type { Powershell } from './hyper-v-state.ts';
import { jsonOf } from './run-powershell.ts';

const elsewhere =
  'Hyper-V is a part of Windows. Name a Windows machine that has it with --host ssh://USER@HOST, or take another VMM.';

/** `commands` run qemu-img, which converts disks here. Never throws for a missing program. */
export async function probeHyperV(
  commands: CommandRunner,
  powershell: Powershell,
  generation: Generation,
): Promise<Probe> {
  try {
    // First what costs nothing: elsewhere than on Windows this ends here.
    const host = await powershell(hostScript());
    if (!host.ok) return unusable(host.complaint);
    const version = await powershell(versionScript());
    if (!version.ok) return unusable(version.complaint);
    const facts = jsonOf(host);
    if (!(await hasQemuImg(commands)))
      return { usable: false, reason: 'qemu-img is not installed here.', remedy: install };
    const name = jsonOf(version).get('Name');
    return {
      usable: true,
      version: typeof name === 'string' ? name : 'of unknown version',
      capabilities: capabilitiesOf(generation, facts),
      acceleration: { hardware: true, because: 'Hyper-V runs guests on the processor itself' },
    };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    if (error.code !== 'program-missing') return { usable: false, reason: error.message, remedy: 'See vmb doctor.' };
    return { usable: false, reason: 'There is no PowerShell here.', remedy: elsewhere };
  }
}

const install =
  'vmb converts disks with it. Install QEMU from qemu.org, with its folder in PATH; on Debian: apt-get install qemu-utils';

async function hasQemuImg(commands: CommandRunner): Promise<boolean> {
  try {
    await commands.run('qemu-img', ['--version']);
    return true;
  } catch (error) {
    if (error instanceof AdapterError && error.code === 'program-missing') return false;
    throw error;
  }
}

function unusable(complaint: string): Probe {
  const obstacle = obstacleOf(complaint);
  if (obstacle !== undefined) return { usable: false, reason: obstacle.reason, remedy: obstacle.remedy };
  return {
    usable: false,
    reason: `Hyper-V does not answer:\n${complaint}`,
    remedy:
      'Get-VMHost in a PowerShell has to work; it needs Hyper-V, and an account in the group Hyper-V Administrators.',
  };
}

function capabilitiesOf(generation: Generation, facts: ReadonlyMap<string, unknown>): Capabilities {
  const number = (name: string, otherwise: number) => {
    const value = facts.get(name);
    return typeof value === 'number' && value > 0 ? value : otherwise;
  };
  const most = {
    // A machine with more processors than the host has does not start.
    mostCpus: Math.min(number('LogicalProcessorCount', 1), 64),
    mostMemoryBytes: number('MemoryCapacity', 1024 ** 4),
  };
  if (generation === 1) {
    const boots = { boots: ['bios'], architectures: ['x86_64', 'i686'] } as const;
    return { ...most, ...boots, mostDisks: 4, diskFormats: ['vhd'], snapshots: false };
  }
  const boots = { boots: ['uefi'], architectures: ['x86_64'] } as const;
  return { ...most, ...boots, mostDisks: mostScsiDisks, diskFormats: ['vhdx'], snapshots: false };
}

/** Locations of one SCSI controller. */
const mostScsiDisks = 64;
