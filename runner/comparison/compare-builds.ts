// Carries one build out on each of several VMMs and compares: equal artifacts are handed over once, a difference is an error.
import type { Comparison } from '../event.ts';
import { carryOutPlan, finishBuild } from '../execution/build.ts';
import type { BuildContext, BuildOptions } from '../execution/build-context.ts';
import type { BuildRun } from '../execution/build-run.ts';
import { vmmFacts } from '../execution/open-run.ts';
import { tryOutputFolder } from '../execution/output-folder.ts';
import type { BuildRecord } from '../execution/record.ts';
import type { OpenVmm } from '../execution/vmm.ts';
import type { Plan } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';
import { type Difference, firstDifference } from './compare-runs.ts';

/** One VMM's part of a comparison. */
export interface Side {
  readonly vmm: OpenVmm;
  readonly plan: Plan;
  readonly context: BuildContext;
}

/** @throws RunnerError `comparison-failed` with the first step and place that differ; whatever `build` throws */
export async function compareBuilds(sides: readonly Side[], options: BuildOptions): Promise<BuildRecord> {
  const [reference] = sides;
  if (reference === undefined) throw new Error('Internal error: a comparison without VMMs');
  const { emit, folders } = reference.context;
  await tryOutputFolder(reference.plan, options.out, folders.state);
  const vmms = sides.map(({ vmm }) => vmm.choice.label);
  emit({ type: 'comparison-started', vmms });
  const done: Agreed[] = [];
  const finished = [];
  for (const { plan, context, vmm } of sides) {
    const one = await carryOutPlan(plan, options, context, vmm);
    const durationMs = Math.round(performance.now() - one.begun);
    emit({ type: 'vmm-done', vmm: vmm.choice.label, durationMs });
    done.push(agreedOf(one.run, durationMs));
    finished.push(one);
    // At once: what differs need not wait for what a slower VMM would say.
    const first = finished[0];
    const difference = first === undefined ? undefined : firstDifference(first.run, one.run);
    if (difference !== undefined)
      throw await differ(
        vmms,
        difference,
        finished.map(({ run }) => run),
      );
  }
  emit({ type: 'compared', comparison: { vmms, equal: true } });
  const [first] = finished;
  if (first === undefined) throw new Error('Internal error: a comparison without builds');
  return finishBuild(first, done);
}

type Agreed = NonNullable<BuildRecord['agreed']>[number];

function agreedOf(run: BuildRun, durationMs: number): Agreed {
  const { buildVmDigest: digest, buildVmArch: arch } = run.plan;
  return { label: run.vmm.choice.label, vmm: vmmFacts(run.vmm), buildVm: { digest, arch }, durationMs };
}

async function differ(
  vmms: readonly string[],
  difference: Difference,
  runs: readonly BuildRun[],
): Promise<RunnerError> {
  const { step, title, what, where, vmms: pair, paths } = difference;
  const comparison: Comparison = { vmms, equal: false, difference };
  const [first] = runs;
  first?.context.emit({ type: 'compared', comparison });
  const told = `${pair.join(' and ')} differ first in step ${step} (${title}): ${what}: ${where}.`;
  if (first?.options.keep !== true) {
    return new RunnerError('comparison-failed', `${told} Nothing was handed over; --keep keeps both results.`);
  }
  for (const run of runs) await run.work.keep();
  const both = paths.map((path) => `\n  ${path}`).join('');
  return new RunnerError('comparison-failed', `${told}${both}`);
}
