// From the command line's selection to plans: reads the build file, plans, chooses the build-VM; every mistake ends the command.
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import { findBuildVm } from '../../build-vm/make/find-build-vm.ts';
import type { Arch } from '../../vmm-adapters/lib/adapter.ts';
import { formatMistakes } from '../build-file/mistakes.ts';
import { finishPlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { PlanDraft } from '../plan/plan-draft.ts';
import type { SourceArtifact } from '../plan/source-step.ts';
import { RunnerError } from '../runner-error.ts';
import type { Context, Input } from './command.ts';
import { draftBuilds } from './draft-builds.ts';
import { requireBuildVm } from './require-build-vm.ts';
import { readVarOptions, select } from './selection.ts';

export interface LoadedDrafts {
  readonly drafts: readonly PlanDraft[];
  /** Name of the folder below out/ where artifacts go by default. */
  readonly outName: string;
}

/**
 * Everything of the plans that does not depend on the VMM, one for each image of a matrix; `unlocked` where fetches need no lock yet.
 * @throws RunnerError `usage`, `build-file`, `no-build-vm`
 */
export async function loadDrafts(input: Input, context: Context, state?: 'unlocked'): Promise<LoadedDrafts> {
  const selection = await select(input, context);
  const drafted = await draftBuilds({ ...selection, vars: readVarOptions(input.texts('var')), state }, context);
  if (!drafted.ok) throw new RunnerError('build-file', formatMistakes(drafted.mistakes, context.cwd));
  return { drafts: drafted.drafts, outName: selection.outName };
}

export function planFor(
  draft: PlanDraft,
  buildVm: BuildVm,
  input: Input,
  context: Context,
  source: ReadonlyMap<string, SourceArtifact> | undefined,
): Plan {
  const sessionPerStep = input.flag('session-per-step');
  return finishPlan(draft, { buildVm, sessionPerStep, vmbVersion: context.version, source });
}

/**
 * The build-VM to carry a build out: the wanted one, else the first of those possible that is here; `possible` has the best first.
 * @throws RunnerError `no-build-vm`
 */
export function chooseBuildVm(wanted: Arch | undefined, possible: readonly Arch[], context: Context): BuildVm {
  const here = possible.find((arch) => findBuildVm({ cacheFolder: context.folders.cache, arch }) !== undefined);
  return requireBuildVm(context, wanted ?? here ?? possible[0] ?? 'x86_64');
}
