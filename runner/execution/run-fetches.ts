// Carries out every fetch of a build before anything boots; what cannot be had is told all at once.
import { obtain } from '../fetch/obtain.ts';
import type { FetchStep } from '../plan/plan.ts';
import type { BuildRun } from './build-run.ts';
import { stepRecord } from './record.ts';

/** @throws RunnerError `fetch-failed` with every place in the build file */
export async function runFetches(run: BuildRun, steps: readonly FetchStep[]): Promise<void> {
  const { context, options } = run;
  const { emit, signal, folders, environment } = context;
  const begun = performance.now();
  await obtain(
    steps.map(({ fetched, position }) => ({ fetched, position })),
    { folders, environment, signal, emit, offline: options.offline },
  );
  const durationMs = Math.round((performance.now() - begun) / steps.length);
  for (const step of steps) {
    const { number, job, title, fingerprint } = step;
    // Where the bytes came from is told while they come; facts are about results, which are the same from everywhere.
    context.emit({ type: 'step-started', step: number, job, title, fingerprint });
    run.steps.push(stepRecord(step, durationMs, {}));
    context.emit({ type: 'step-done', step: number, durationMs, facts: {} });
  }
}
