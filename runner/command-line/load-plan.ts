// From the command line's selection to a plan: reads the build file, plans, chooses the build-VM; every mistake ends the command.
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import { findBuildVm } from '../../build-vm/make/find-build-vm.ts';
import type { Arch } from '../../vmm-adapters/lib/adapter.ts';
import type { Mistake } from '../build-file/build-file.ts';
import { formatMistakes } from '../build-file/mistakes.ts';
import { type ReadableRest, readBuildFile } from '../build-file/read-build-file.ts';
import { previousArtifacts } from '../execution/previous-artifacts.ts';
import { recordPath } from '../execution/record.ts';
import { draftPlan, finishPlan, type PlanDraft } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';
import type { Context, Input } from './command.ts';
import { requireBuildVm } from './require-build-vm.ts';
import { select } from './selection.ts';

/** Everything of a plan that does not depend on the VMM. @throws RunnerError `usage`, `build-file`, `no-build-vm` */
export async function loadDraft(input: Input, context: Context): Promise<PlanDraft> {
  const selection = await select(input, context);
  const read = await readBuildFile(selection.path, {
    vars: selection.vars,
    environment: context.environment,
    jobs: context.registry,
  });
  if (!read.ok) throw mistaken([...read.mistakes, ...mistakesOfRest(read.rest, context)], context);
  const { buildFile } = read;
  const vmbInputs = () => inputsOf(requireBuildVm(context, buildFile.arch));
  const { repository } = selection;
  const previous = previousArtifacts(recordPath(context.folders.state, { repository, ...buildFile }));
  const drafted = draftPlan({ buildFile, repository, vmbInputs, previous });
  if (!drafted.ok) throw mistaken(drafted.mistakes, context);
  return drafted.draft;
}

export function planFor(draft: PlanDraft, buildVm: BuildVm, input: Input, context: Context): Plan {
  const sessionPerStep = input.flag('session-per-step');
  return finishPlan(draft, { buildVm, sessionPerStep, vmbVersion: context.version });
}

/**
 * The build-VM to carry a build out: the wanted one, else the first of those possible that is here; `possible` has the best first.
 * @throws RunnerError `no-build-vm`
 */
export function chooseBuildVm(wanted: Arch | undefined, possible: readonly Arch[], context: Context): BuildVm {
  const here = possible.find((arch) => findBuildVm({ cacheFolder: context.folders.cache, arch }) !== undefined);
  return requireBuildVm(context, wanted ?? here ?? possible[0] ?? 'x86_64');
}

/** What `vmb:NAME` stands for: files of the build-VM for the architecture of what is made, whichever build-VM makes it. */
function inputsOf({ files }: BuildVm): ReadonlyMap<string, string> {
  return new Map([
    ['vmlinuz', files.vmlinuz],
    ['busybox', files.busybox],
    ['stub', files.stub],
    ['bios-boot', files.biosBoot],
  ]);
}

/** What planning finds in the jobs that could be read; nothing where there is no build-VM whose files they may name. */
function mistakesOfRest(rest: ReadableRest | undefined, context: Context): readonly Mistake[] {
  if (rest === undefined) return [];
  const buildVm = findBuildVm({ cacheFolder: context.folders.cache, arch: rest.buildFile.arch });
  if (buildVm === undefined) return [];
  const drafted = draftPlan({ ...rest, repository: '', vmbInputs: () => inputsOf(buildVm) });
  return drafted.ok ? [] : drafted.mistakes;
}

function mistaken(mistakes: readonly Mistake[], context: Context): RunnerError {
  return new RunnerError('build-file', formatMistakes(mistakes, context.cwd));
}
