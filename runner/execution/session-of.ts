// Makes the session value of a stage: which disks in which order, which regions, which steps. Pure.
import { jobDiskBytes } from '../../build-vm/border/job-text.ts';
import {
  type PayloadIn,
  protocolVersion,
  type Region,
  type Session,
  type SessionStep,
  toolsPayload,
} from '../../build-vm/border/session.ts';
import type { DiskHandle } from '../../vmm-adapters/lib/adapter.ts';
import type { GuestStep, Plan, PlannedTarget } from '../plan/plan.ts';

/** What is known of a session when its disks are about to be placed. */
export interface SessionFacts {
  readonly plan: Plan;
  readonly id: string;
  readonly steps: readonly GuestStep[];
  /** Build disks made so far, in plan order. */
  readonly buildDisks: readonly DiskHandle[];
  readonly systemDiskBytes: number;
  readonly cpus: number;
  /** Length of each payload, by step number and payload name. */
  readonly payloadBytes: (step: number, payload: string) => number;
}

const mebibyte = 1024 * 1024;
// A system disk under firmware needs about 5 s in software emulation, twice that in v86; the rest is for slow and loaded hosts.
const deadlines = { bootMs: 300_000, silenceMs: 30_000, endMs: 60_000 };

export function sessionOf(facts: SessionFacts): Session {
  const { plan, id, steps } = facts;
  const { machine, epoch } = plan.buildFile;
  const ownDisks = steps.flatMap((step) => step.ownDisks);
  const ownHandles = ownDisks.map((disk) => handle(diskId(disk.name), 'build', disk.sizeBytes));
  const scratch = machine.scratchBytes === undefined ? [] : [handle(`${id}.scratch`, 'scratch', machine.scratchBytes)];
  const disks: DiskHandle[] = [
    handle(`${id}.system`, 'system', facts.systemDiskBytes),
    handle(`${id}.job`, 'job', 0),
    ...facts.buildDisks,
    ...ownHandles,
    ...scratch,
  ];
  if (steps.some(bringsBytesOut)) {
    disks.push(
      handle(`${id}.payload-out`, 'payload-out', payloadOutBytes(steps, [...facts.buildDisks, ...ownHandles])),
    );
  }
  const regions: Region[] = [
    ...facts.buildDisks.map((disk) => wholeDisk(disk)),
    ...ownHandles.map((disk) => wholeDisk(disk)),
    ...steps.flatMap((step) => step.regions.map((region) => ({ ...region, disk: diskId(region.disk) }))),
    ...ownDisks.flatMap((disk) => disk.regions.map((region) => ({ ...region, disk: diskId(disk.name) }))),
  ];
  return withJobDisk({
    protocol: protocolVersion,
    id,
    machine: { arch: plan.buildVmArch, memoryBytes: machine.memoryBytes, cpus: facts.cpus },
    epochSeconds: epoch.seconds,
    disks,
    regions,
    steps: steps.map((step) => sessionStep(step, facts)),
    deadlines,
  });
}

/** The disk itself, then the job disk: a target-VM has no others, so that any VMM can run it. */
export function targetSessionOf(facts: SessionFacts, target: PlannedTarget): Session {
  const { plan, id, steps } = facts;
  const { machine, epoch, arch } = plan.buildFile;
  const disk = facts.buildDisks.find((candidate) => candidate.id === diskId(target.disk));
  if (disk === undefined) throw new Error(`Internal error: ${id} has no disk ${target.disk}`);
  return withJobDisk({
    protocol: protocolVersion,
    id,
    guest: 'target-VM',
    machine: { arch, memoryBytes: machine.memoryBytes, cpus: facts.cpus },
    epochSeconds: epoch.seconds,
    disks: [disk, handle(`${id}.job`, 'job', 0)],
    regions: [],
    steps: steps.map((step) => sessionStep(step, facts)),
    deadlines,
  });
}

/** The job disk is as large as what it holds, which does not hold its own size. */
function withJobDisk(session: Session): Session {
  const jobBytes = jobDiskBytes(session);
  const disks = session.disks.map((disk) => (disk.role === 'job' ? { ...disk, sizeBytes: jobBytes } : disk));
  return { ...session, disks };
}

/** Handle of the disk that the build file calls `name`. */
export function buildDisk(name: string, sizeBytes: number): DiskHandle {
  return handle(diskId(name), 'build', sizeBytes);
}

/** Whether a step needs the payload-out disk. */
function bringsBytesOut(step: GuestStep): boolean {
  const payloadArtifacts = step.artifacts.some(
    ({ from }) => from.kind === 'payload' || from.kind === 'unpacked-payload',
  );
  return payloadArtifacts || step.bringsOut.length > 0;
}

/** Sparse, as large as the session's disks and a quarter, unless a step says that it needs other room. */
function payloadOutBytes(steps: readonly GuestStep[], disks: readonly DiskHandle[]): number {
  const wanted = steps.flatMap((step) => (step.payloadOutBytes === undefined ? [] : [step.payloadOutBytes]));
  const sum = disks.reduce((total, disk) => total + disk.sizeBytes, 0);
  const bytes = wanted.length > 0 ? wanted.reduce((total, next) => total + next, 0) : sum * 1.25;
  return Math.ceil(bytes / mebibyte + 1) * mebibyte;
}

function sessionStep(step: GuestStep, facts: SessionFacts): SessionStep {
  const lengthBytes = (name: string) => facts.payloadBytes(step.number, name);
  const payloadsIn: PayloadIn[] = step.payloads.map(({ name }) => ({ name, lengthBytes: lengthBytes(name) }));
  if (step.tools)
    payloadsIn.push({ name: toolsPayload, lengthBytes: lengthBytes(toolsPayload), sharedAs: toolsPayload });
  const { number, title, script, timeoutMs, clockSeconds } = step;
  return { number, title, script, timeoutMs, clockSeconds, payloadsIn };
}

function wholeDisk(disk: DiskHandle): Region {
  return { name: disk.id.replace(/^disk\./, ''), disk: disk.id, offsetBytes: 0, lengthBytes: disk.sizeBytes };
}

function diskId(name: string): string {
  return `disk.${name}`;
}

function handle(id: string, role: DiskHandle['role'], sizeBytes: number): DiskHandle {
  return { id, role, sizeBytes };
}
