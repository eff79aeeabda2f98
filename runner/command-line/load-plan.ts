// From the command line's selection to a plan: reads the build file, finds the build-VM, plans; every mistake ends the command.
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import type { Mistake } from '../build-file/build-file.ts';
import { formatMistakes } from '../build-file/mistakes.ts';
import { readBuildFile } from '../build-file/read-build-file.ts';
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
  if (!read.ok) throw mistaken(read.mistakes, context);
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

function mistaken(mistakes: readonly Mistake[], context: Context): RunnerError {
  return new RunnerError('build-file', formatMistakes(mistakes, context.cwd));
}
