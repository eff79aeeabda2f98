// One boot of the kit: places the disks of a setting, starts the machine, carries the session out, reads disks, takes all away.

import { randomBytes } from 'node:crypto';
import { open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFully } from '../../base/write-fully.ts';
import { carryOut } from '../../build-vm/border/carry-out.ts';
import { writeJobDisk } from '../../build-vm/border/job-disk.ts';
import type { Session, SessionEvent, StepResult } from '../../build-vm/border/session.ts';
import type {
  Boot,
  DiskContent,
  DiskHandle,
  Machine,
  MachineExit,
  RunningMachine,
} from '../../vmm-adapters/lib/adapter.ts';
import type { BootWay } from '../execution/machine.ts';
import type { Bench, OpenedAdapter } from './bench.ts';
import { mebibyte, planTrial, type TrialSetting } from './trial-session.ts';

/** Disks are placed; no machine runs yet. */
export interface Trial {
  readonly session: Session;
  readonly machine: Machine;
  readonly nonce: string;
  boot(signal?: AbortSignal): Promise<RunningMachine>;
  /** Bytes of a disk of the setting, as the VMM hands them out. */
  read(disk: string, offsetBytes: number, lengthBytes: number): Promise<Buffer>;
  remove(): Promise<void>;
}

export async function prepareTrial(bench: Bench, setting: TrialSetting, opened: OpenedAdapter = bench): Promise<Trial> {
  const { adapter } = opened;
  const { buildVm, probe } = bench;
  const systemBytes = buildVm.systemDisk?.sizeBytes ?? mebibyte;
  const { session, regions } = planTrial(setting, systemBytes, probe.capabilities.mostDisks, buildVm.arch);
  const nonce = randomBytes(16).toString('hex');
  const placed: DiskHandle[] = [];
  const remove = async () => {
    for (const disk of placed.splice(0)) await adapter.remove(disk);
  };
  try {
    for (const disk of session.disks) {
      await adapter.place(disk, await contentOf(disk, bench, setting, session, nonce));
      placed.push(disk);
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const boot = bootOf(bench, setting.boot ?? bench.bootWay);
  const machine: Machine = { id: session.id, ...session.machine, boot, disks: session.disks };
  return {
    session,
    machine,
    nonce,
    boot: (signal = bench.signal) => adapter.boot(machine, AbortSignal.any([signal, bench.signal])),
    async read(name, offsetBytes, lengthBytes) {
      const region = regions.get(name);
      const disk = session.disks.find(({ id }) => id === region?.disk);
      if (region === undefined || disk === undefined) throw new Error(`Internal error: no disk ${name}`);
      return readPart(await adapter.collect(disk), region.offsetBytes + offsetBytes, lengthBytes);
    },
    remove,
  };
}

async function contentOf(
  disk: DiskHandle,
  { folder, buildVm }: Bench,
  setting: TrialSetting,
  session: Session,
  nonce: string,
): Promise<DiskContent> {
  if (disk.role === 'system') {
    return buildVm.systemDisk === undefined ? { kind: 'blank' } : { kind: 'copy-of', path: buildVm.systemDisk.path };
  }
  if (disk.role === 'job') {
    const path = join(folder, `${disk.id}.img`);
    await writeJobDisk(path, session, nonce, async function* (step, name) {
      yield setting.steps[step - 1]?.payloads?.[name] ?? new Uint8Array();
    });
    await writePacked(path, disk, setting, session);
    return { kind: 'take', path };
  }
  return setting.disks?.find(({ name }) => disk.id === `${setting.id}.${name}`)?.content ?? { kind: 'blank' };
}

/** The contents of disks that lie on the job disk. */
async function writePacked(path: string, job: DiskHandle, setting: TrialSetting, session: Session): Promise<void> {
  for (const region of session.regions.filter(({ disk }) => disk === job.id)) {
    const content = setting.disks?.find(({ name }) => name === region.name)?.content;
    if (content === undefined || content.kind === 'blank') continue;
    const file = await open(path, 'r+');
    const source = await open(content.path, 'r');
    try {
      let at = region.offsetBytes;
      for await (const bytes of source.createReadStream({ autoClose: false })) {
        await writeFully(file, bytes, at);
        at += bytes.length;
      }
    } finally {
      await source.close();
      await file.close();
    }
  }
  if (session.regions.some(({ disk }) => disk === job.id)) await truncate(path, job.sizeBytes);
}

function bootOf({ buildVm }: Bench, way: BootWay): Boot {
  if (way !== 'kernel') return { kind: 'firmware', firmware: way };
  if (buildVm.kernelPath === undefined) throw new Error('Internal error: a boot by kernel without one');
  return { kind: 'kernel', kernelPath: buildVm.kernelPath, commandLine: '' };
}

export async function readPart(path: string, offsetBytes: number, lengthBytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(lengthBytes);
    const { bytesRead } = await file.read(bytes, 0, lengthBytes, offsetBytes);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What a session left: results or an error, and how the machine ended. */
export interface Course {
  readonly results: readonly StepResult[];
  readonly error: unknown;
  readonly events: readonly TimedEvent[];
  /** How the machine ended by itself; undefined when it ran until it was stopped. */
  readonly endedBy: MachineExit | undefined;
  /** What `exited` said at last; undefined when it said nothing within some seconds after the stop. */
  readonly exit: MachineExit | undefined;
  output(step: number): Buffer;
}

export interface TimedEvent {
  readonly atMs: number;
  readonly event: SessionEvent;
}

export interface FollowOptions {
  /** Takes the session's place at the console. */
  readonly machine?: RunningMachine;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: SessionEvent) => void;
}

const exitMs = 5_000;

/** Carries a session out, goes on after failed steps, and stops the machine. Never throws for what the session does. */
export async function follow(trial: Trial, running: RunningMachine, options: FollowOptions = {}): Promise<Course> {
  const events: TimedEvent[] = [];
  const onEvent = (event: SessionEvent) => {
    events.push({ atMs: performance.now(), event });
    options.onEvent?.(event);
  };
  let results: readonly StepResult[] = [];
  let error: unknown;
  let endedBy: MachineExit | undefined;
  let stopping = false;
  void running.exited.then((exit) => {
    if (!stopping) endedBy = exit;
  });
  try {
    results = await carryOut(trial.session, {
      nonce: trial.nonce,
      machine: options.machine ?? running,
      onEvent,
      afterFailure: 'go-on',
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (caught) {
    error = caught;
  }
  stopping = true;
  await running.stop();
  const exit = await exitOf(running);
  const output = (step: number) =>
    Buffer.concat(
      events.flatMap(({ event }) => (event.type === 'output' && event.number === step ? [event.bytes] : [])),
    );
  return { results, error, events, endedBy, exit, output };
}

/** Undefined when the machine does not say how it ended although it was stopped. */
export async function exitOf(running: RunningMachine): Promise<MachineExit | undefined> {
  const clock = new AbortController();
  const late = sleep(exitMs, undefined, { signal: clock.signal }).catch(() => undefined);
  try {
    return await Promise.race([running.exited, late]);
  } finally {
    clock.abort();
  }
}

/** All of it: disks, boot, session, and whatever `look` wants to see before the disks go. */
export async function runTrial<T>(
  bench: Bench,
  setting: TrialSetting,
  look: (course: Course, trial: Trial) => Promise<T>,
  options: FollowOptions = {},
): Promise<T> {
  const trial = await prepareTrial(bench, setting);
  try {
    return await look(await follow(trial, await trial.boot(), options), trial);
  } finally {
    await trial.remove();
  }
}

/** A file of the kit with these bytes. */
export async function makeFile(bench: Bench, name: string, bytes: Uint8Array): Promise<string> {
  const path = join(bench.folder, name);
  const file = await open(path, 'w');
  await file.writeFile(bytes);
  await file.close();
  return path;
}
