// Carries out one session: places its disks, packed where the VMM takes few, boots the VM, follows the steps, takes what they brought out.
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJobDisk } from '../../build-vm/border/job-disk.ts';
import { extentOf } from '../../build-vm/border/job-text.ts';
import { type PackedSession, packSession } from '../../build-vm/border/pack.ts';
import { type Session, type StepResult, toolsPayload } from '../../build-vm/border/session.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import type { DiskHandle } from '../../vmm-adapters/lib/adapter.ts';
import { explained } from '../../vmm-adapters/lib/host-files.ts';
import { unchangedChunks } from '../payload/file-bytes.ts';
import type { GuestStep, PreparedPayload, Stage } from '../plan/plan.ts';
import { bootSession } from './boot-session.ts';
import type { BuildRun } from './build-run.ts';
import { createDisks } from './create-disks.ts';
import { failStep } from './fail-step.ts';
import { buildVmBoot, machineOf } from './machine.ts';
import { contentOf, type OwnImages, ownImages } from './own-images.ts';
import { packDisks, unpackDisks } from './packed-disks.ts';
import { stepRecord } from './record.ts';
import { growDisk, shrinkDisk } from './resize-disk.ts';
import { hostStepFacts } from './run-host-action.ts';
import { type SessionFacts, sessionOf, targetSessionOf } from './session-of.ts';
import { type FilePart, takeArtifacts } from './take-artifacts.ts';
import { targetBoot } from './target-boot.ts';

/** @throws RunnerError `step-failed`, `host`; AdapterError */
export async function runSession(run: BuildRun, stage: Extract<Stage, { kind: 'session' }>): Promise<void> {
  for (const step of stage.steps) if (step.kind === 'disk') await createDisks(run, step);
  const steps = stage.steps.filter((step): step is GuestStep => step.kind === 'guest');
  if (steps.length === 0) return;
  for (const { resizes } of steps) if (resizes !== undefined) await growDisk(run, resizes);
  const startedAt = performance.now();
  const payloads = await preparePayloads(run, steps);
  const target = steps[0]?.target;
  const facts: SessionFacts = {
    plan: run.plan,
    id: stage.id,
    steps,
    buildDisks: run.buildDisks,
    systemDiskBytes: (await stat(run.context.buildVm.files.systemDisk)).size,
    cpus: run.cpus,
    payloadBytes: (step, name) => named(payloads, step, name).lengthBytes,
  };
  const wanted = target === undefined ? sessionOf(facts) : targetSessionOf(facts, target);
  const fitted = wanted.disks.length <= run.mostDisks ? { session: wanted, parts: [] } : packSession(wanted);
  const { session } = fitted;
  const nonce = randomBytes(16).toString('hex');
  const images = await ownImages(run, steps);
  await placeDisks(run, fitted, { nonce, payloads, images });
  const boot =
    target === undefined
      ? buildVmBoot(run.context.buildVm, run.bootWay)
      : await targetBoot(target, hostStepFacts(run, join(run.work.path, session.id)));
  const machine = machineOf(session, boot);
  const command = run.adapter.command(machine);
  const { results, guestReadyMs } = await bootSession(run, { session, machine, command, steps, nonce });
  await takeResults(run, fitted, steps, results);
  for (const { resizes } of steps) if (resizes !== undefined) await shrinkDisk(run, resizes);
  const durationMs = Math.round(performance.now() - startedAt);
  run.sessions.push({
    id: session.id,
    steps: steps.map(({ number }) => number),
    command,
    guestReadyMs,
    durationMs,
  });
  run.context.emit({ type: 'session-ended', session: session.id, durationMs });
}

type Payloads = ReadonlyMap<string, PreparedPayload>;

/** @throws RunnerError `step-failed` where an artifact turns out not to be what a step can bring in */
async function preparePayloads(run: BuildRun, steps: readonly GuestStep[]): Promise<Payloads> {
  const prepared = new Map<string, PreparedPayload>();
  for (const step of steps) {
    try {
      for (const payload of step.payloads)
        prepared.set(`${step.number}/${payload.name}`, payload.prepare(run.artifacts));
    } catch (cause) {
      if (!(cause instanceof JobMistake)) throw cause;
      throw await failStep(run, { step, cause, durationMs: 0, lastLines: [], machine: undefined });
    }
    if (step.tools) prepared.set(`${step.number}/${toolsPayload}`, toolsOf(run.context.buildVm));
  }
  return prepared;
}

function toolsOf({ files, manifest }: BuildRun['context']['buildVm']): PreparedPayload {
  const { sizeBytes, sha256 } = manifest.files.tools;
  return {
    lengthBytes: sizeBytes,
    open: async function* () {
      yield* unchangedChunks(files.tools, sha256);
    },
  };
}

function named(payloads: Payloads, step: number, name: string): PreparedPayload {
  const payload = payloads.get(`${step}/${name}`);
  if (payload === undefined) throw new Error(`Internal error: step ${step} has no payload "${name}"`);
  return payload;
}

async function placeDisks(
  run: BuildRun,
  { session, parts }: PackedSession,
  { nonce, payloads, images }: { readonly nonce: string; readonly payloads: Payloads; readonly images: OwnImages },
): Promise<void> {
  for (const disk of session.disks) {
    switch (disk.role) {
      case 'system':
        await run.adapter.place(disk, { kind: 'copy-of', path: run.context.buildVm.files.systemDisk });
        break;
      case 'job': {
        const path = join(run.work.path, `${disk.id}.img`);
        const source = (step: number, name: string) => named(payloads, step, name).open();
        await explained(path, () => writeJobDisk(path, session, nonce, source, run.context.signal));
        if (parts.length > 0) await packDisks(run, path, disk, parts, images);
        await run.adapter.place(disk, { kind: 'take', path });
        break;
      }
      case 'build':
        if (!run.buildDisks.includes(disk)) await run.adapter.place(disk, contentOf(images, disk));
        break;
      case 'scratch':
      case 'payload-out':
        await run.adapter.place(disk, { kind: 'blank' });
        break;
    }
  }
}

/** Takes artifacts, writes down the steps, and removes every disk that was this session's alone. */
async function takeResults(
  run: BuildRun,
  { session, parts }: PackedSession,
  steps: readonly GuestStep[],
  results: readonly StepResult[],
): Promise<void> {
  const job = session.disks.find(({ role }) => role === 'job');
  if (parts.length > 0 && job !== undefined) await unpackDisks(run, await run.adapter.collect(job), parts);
  await takeArtifacts(run, steps, results, await payloadOutOf(run, session));
  for (const step of steps) {
    const result = results.find(({ number }) => number === step.number);
    const facts = Object.fromEntries(result?.facts ?? []);
    run.steps.push(stepRecord(step, result?.durationMs ?? 0, facts));
  }
  const own = parts.map(({ handle }) => handle).filter(({ role }) => role === 'build');
  const passing = (disk: DiskHandle) => !run.buildDisks.includes(disk);
  for (const disk of [...session.disks, ...own].filter(passing)) await run.adapter.remove(disk);
}

/** Where on this host lies what the steps brought out; undefined when the session has no room for that. */
async function payloadOutOf(run: BuildRun, session: Session): Promise<FilePart | undefined> {
  const extent = extentOf(session, 'payload-out');
  const disk = session.disks.find(({ id }) => id === extent?.disk);
  if (extent === undefined || disk === undefined) return undefined;
  const { offsetBytes, lengthBytes } = extent;
  return { path: await run.adapter.collect(disk), range: { offsetBytes, lengthBytes } };
}
