// Carries out the host action of a step and tells how it went.
import { join } from 'node:path';
import type { HostStep } from '../plan/plan.ts';
import { type BuildRun, broughtOutKey } from './build-run.ts';
import { failStep } from './fail-step.ts';
import { type HostStepFacts, runHostStep } from './host-step.ts';
import { stepRecord } from './record.ts';

/** @throws RunnerError `step-failed` */
export async function runHostAction(run: BuildRun, step: HostStep): Promise<void> {
  const begun = performance.now();
  const { number, job, title, fingerprint } = step;
  run.context.emit({ type: 'step-started', step: number, job, title, fingerprint });
  const durationMs = () => Math.round(performance.now() - begun);
  let facts: Readonly<Record<string, string>> = {};
  try {
    const before = hostStepFacts(run, join(run.work.path, `host-action-${number}`));
    const result = await runHostStep(step, before, run.context.signal);
    facts = result.facts;
    for (const [name, path] of result.outputs) run.artifacts.set(name, path);
  } catch (error) {
    if (run.context.signal.aborted || !(error instanceof Error)) throw error;
    throw await failStep(run, { step, cause: error, durationMs: durationMs(), lastLines: [], machine: undefined });
  }
  run.steps.push(stepRecord(step, durationMs(), facts));
  run.context.emit({ type: 'step-done', step: number, durationMs: durationMs(), facts });
}

/** Where the results of earlier steps are. `folder`: one of the asker's own. */
export function hostStepFacts(run: BuildRun, folder: string): HostStepFacts {
  return {
    artifacts: run.artifacts,
    broughtOut: (guestStep, name) => run.broughtOut.get(broughtOutKey(guestStep, name)) ?? missing(guestStep, name),
    folder,
  };
}

function missing(step: number, name: string): never {
  throw new Error(`Internal error: step ${step} brought out no "${name}"`);
}
