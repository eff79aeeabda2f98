// Makes a session of a trial's few words: disks and regions, packed into the job disk where the VMM has too few. Pure.
import { jobDiskBytes } from '../../build-vm/border/job-text.ts';
import { protocolVersion, type Region, type Session, type SessionStep } from '../../build-vm/border/session.ts';
import type { DiskContent, DiskHandle } from '../../vmm-adapters/lib/adapter.ts';
import type { BootWay } from '../execution/machine.ts';

export interface TrialStep {
  readonly script: string;
  readonly timeoutMs?: number;
  readonly payloads?: Readonly<Record<string, Uint8Array>>;
}

export interface TrialDisk {
  readonly name: string;
  readonly sizeBytes: number;
  /** Blank by default; of a packed disk a `take` is read and left. */
  readonly content?: DiskContent;
}

export interface TrialSetting {
  /** Unique in a run, safe in a file name. */
  readonly id: string;
  readonly steps: readonly TrialStep[];
  readonly disks?: readonly TrialDisk[];
  /** All disks lie on the job disk, as on a VMM that has two. */
  readonly packed?: boolean;
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly boot?: BootWay;
  readonly deadlines?: Partial<Session['deadlines']>;
}

export interface TrialPlan {
  readonly session: Session;
  /** Where each disk of the setting lies. */
  readonly regions: ReadonlyMap<string, Region>;
}

export const mebibyte = 1024 * 1024;
export const trialEpochSeconds = 1_767_225_600;
// Packed disks begin here: no job of the kit is as large.
const packedFromBytes = 16 * mebibyte;
const packedUnitBytes = mebibyte;
// Generous: a loaded host under software emulation.
const deadlines = { bootMs: 120_000, silenceMs: 60_000, endMs: 60_000 };

export function planTrial(
  setting: TrialSetting,
  systemDiskBytes: number,
  mostDisks: number,
  arch: Session['machine']['arch'],
): TrialPlan {
  const own = setting.disks ?? [];
  const packed = setting.packed === true || own.length + 2 > mostDisks;
  const id = (name: string) => `${setting.id}.${name}`;
  const regions = new Map<string, Region>();
  let end = packedFromBytes;
  for (const { name, sizeBytes } of own) {
    const place = packed ? { disk: id('job'), offsetBytes: end } : { disk: id(name), offsetBytes: 0 };
    regions.set(name, { name, ...place, lengthBytes: sizeBytes });
    end += Math.ceil(sizeBytes / packedUnitBytes) * packedUnitBytes;
  }
  const handles: DiskHandle[] = [
    { id: id('system'), role: 'system', sizeBytes: systemDiskBytes },
    { id: id('job'), role: 'job', sizeBytes: 0 },
    ...(packed ? [] : own.map(({ name, sizeBytes }): DiskHandle => ({ id: id(name), role: 'build', sizeBytes }))),
  ];
  const session: Session = {
    protocol: protocolVersion,
    id: setting.id,
    machine: { arch, memoryBytes: setting.memoryBytes ?? 256 * mebibyte, cpus: setting.cpus ?? 1 },
    epochSeconds: trialEpochSeconds,
    disks: handles,
    regions: [...regions.values()],
    steps: setting.steps.map(stepOf),
    deadlines: { ...deadlines, ...setting.deadlines },
  };
  const jobBytes = packed && own.length > 0 ? end : jobDiskBytes(session);
  const disks = handles.map((disk) => (disk.role === 'job' ? { ...disk, sizeBytes: jobBytes } : disk));
  return { session: { ...session, disks }, regions };
}

function stepOf({ script, timeoutMs, payloads }: TrialStep, index: number): SessionStep {
  const payloadsIn = Object.entries(payloads ?? {}).map(([name, bytes]) => ({ name, lengthBytes: bytes.length }));
  const number = index + 1;
  const title = `step ${number}`;
  return { number, title, script, timeoutMs: timeoutMs ?? 120_000, clockSeconds: trialEpochSeconds, payloadsIn };
}
