// Carries out a step that only makes disks: blank ones, and those that begin as an artifact of another build.
import type { DiskContent } from '../../vmm-adapters/lib/adapter.ts';
import { digestInTurns } from '../payload/file-bytes.ts';
import type { CreatedDisk, DiskStep } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';
import type { BuildRun } from './build-run.ts';
import { stepRecord } from './record.ts';
import { buildDisk } from './session-of.ts';

/** @throws RunnerError `host` for an artifact that is not what it was when the plan was made; AdapterError */
export async function createDisks(run: BuildRun, step: DiskStep): Promise<void> {
  const startedAt = performance.now();
  const { number, job, title, fingerprint } = step;
  run.context.emit({ type: 'step-started', step: number, job, title, fingerprint });
  for (const created of step.created) {
    const disk = buildDisk(created.name, created.sizeBytes);
    await run.adapter.place(disk, await contentOf(created, run.context.signal));
    run.buildDisks.push(disk);
  }
  const durationMs = Math.round(performance.now() - startedAt);
  run.steps.push(stepRecord(step, durationMs, {}));
  run.context.emit({ type: 'step-done', step: number, durationMs, facts: {} });
}

async function contentOf({ artifact, from }: CreatedDisk, signal: AbortSignal): Promise<DiskContent> {
  if (artifact === undefined) return { kind: 'blank' };
  if (from === undefined) throw new Error(`Internal error: the plan does not know where ${artifact} is`);
  if ((await digestInTurns(from.path, signal)).hex === from.sha256) return { kind: 'copy-of', path: from.path };
  throw new RunnerError('host', `${from.path}: this file changed after the plan was made; build again.`);
}
