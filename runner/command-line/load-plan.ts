// From the command line's selection to a plan: reads the build file, finds the build-VM, plans; every mistake ends the command.
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import { findBuildVm } from '../../build-vm/make/find-build-vm.ts';
import type { Mistake } from '../build-file/build-file.ts';
import { formatMistakes } from '../build-file/mistakes.ts';
import { type ReadableRest, readBuildFile } from '../build-file/read-build-file.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';
import type { Context, Input } from './command.ts';
import { requireBuildVm } from './require-build-vm.ts';
import { select } from './selection.ts';

export interface LoadedPlan {
  readonly plan: Plan;
  readonly buildVm: BuildVm;
}

/** @throws RunnerError `usage`, `build-file`, `no-build-vm` */
export async function loadPlan(input: Input, context: Context): Promise<LoadedPlan> {
  const selection = await select(input, context);
  const read = await readBuildFile(selection.path, {
    vars: selection.vars,
    environment: context.environment,
    jobs: context.registry,
  });
  if (!read.ok) throw mistaken([...read.mistakes, ...mistakesOfRest(read.rest, context)], context);
  const buildVm = requireBuildVm(context, read.buildFile.arch);
  const planned = makePlan({
    buildFile: read.buildFile,
    repository: selection.repository,
    buildVm,
    sessionPerStep: input.flag('session-per-step'),
    vmbVersion: context.version,
  });
  if (!planned.ok) throw mistaken(planned.mistakes, context);
  return { plan: planned.plan, buildVm };
}

/** What planning finds in the jobs that could be read; nothing where there is no build-VM to plan with. */
function mistakesOfRest(rest: ReadableRest | undefined, context: Context): readonly Mistake[] {
  if (rest === undefined) return [];
  const buildVm = findBuildVm({ cacheFolder: context.folders.cache, arch: 'x86_64' });
  if (buildVm === undefined) return [];
  const request = { ...rest, repository: '', buildVm, sessionPerStep: false, vmbVersion: context.version };
  const planned = makePlan(request);
  return planned.ok ? [] : planned.mistakes;
}

function mistaken(mistakes: readonly Mistake[], context: Context): RunnerError {
  return new RunnerError('build-file', formatMistakes(mistakes, context.cwd));
}
