// Carries out a plan: sessions and host actions in order, artifacts and the record at the end.
import { join } from 'node:path';
import { localCommands } from '../../vmm-adapters/lib/command.ts';
import type { Plan, Stage } from '../plan/plan.ts';
import type { BuildContext, BuildOptions } from './build-context.ts';
import type { BuildRun } from './build-run.ts';
import { compareWithEarlier, readEarlierRecord } from './earlier-record.ts';
import { handOver } from './hand-over.ts';
import { openRun, vmmFacts } from './open-run.ts';
import { tryOutputFolder } from './output-folder.ts';
import { type BuildRecord, buildOf, recordFileName, recordPath, writeRecord } from './record.ts';
import { requireImageMaker } from './require-image-maker.ts';
import { runFetches } from './run-fetches.ts';
import { runHostAction } from './run-host-action.ts';
import { runSession } from './run-session.ts';
import type { OpenVmm } from './vmm.ts';

/** @throws RunnerError `step-failed`, `no-vmm`, `host`; BorderError, AdapterError for a machine that did not do its part; the signal's reason */
export async function build(
  plan: Plan,
  options: BuildOptions,
  context: BuildContext,
  vmm: OpenVmm,
): Promise<BuildRecord> {
  await tryOutputFolder(plan, options.out, context.folders.state);
  return finishBuild(await carryOutPlan(plan, options, context, vmm));
}

interface CarriedOut {
  readonly run: BuildRun;
  readonly startedAt: Date;
  /** performance.now() at its beginning. */
  readonly begun: number;
}

/** Everything but the output folder: artifacts lie in the VMM's work folder. @throws as `build` */
export async function carryOutPlan(
  plan: Plan,
  options: BuildOptions,
  context: BuildContext,
  vmm: OpenVmm,
): Promise<CarriedOut> {
  const startedAt = new Date();
  const begun = performance.now();
  const sessions = plan.stages.filter((stage) => stage.kind === 'session').length;
  const { name, version, arch } = plan.buildFile;
  const { repository, buildVmDigest: buildVm } = plan;
  const which = plan.buildFile.variant === undefined ? {} : { variant: plan.buildFile.variant.label };
  const steps = plan.steps.length;
  context.emit({ type: 'build-started', repository, name, version, arch, ...which, buildVm, steps, sessions });
  const run = openRun(plan, options, context, vmm);
  await requireImageMaker(plan, localCommands);
  for (const stage of plan.stages) {
    context.signal.throwIfAborted();
    await carryOutStage(run, stage);
  }
  return { run, startedAt, begun };
}

function carryOutStage(run: BuildRun, stage: Stage): Promise<void> {
  switch (stage.kind) {
    case 'fetch':
      return runFetches(run, stage.steps);
    case 'session':
      return runSession(run, stage);
    case 'host':
      return runHostAction(run, stage.step);
  }
}

/** Hands the artifacts over and writes the record. `agreed`: what was compared, if anything was. */
export async function finishBuild(
  { run, startedAt, begun }: CarriedOut,
  agreed?: BuildRecord['agreed'],
): Promise<BuildRecord> {
  const { plan, options, context } = run;
  const artifacts = await handOver(run);
  const record: BuildRecord = {
    schema: 1,
    vmb: context.vmbVersion,
    build: buildOf(plan),
    buildVm: { digest: plan.buildVmDigest, arch: plan.buildVmArch, pinned: context.buildVm.pinned },
    vmm: vmmFacts(run.vmm),
    startedAt: startedAt.toISOString(),
    durationMs: Math.round(performance.now() - begun),
    steps: run.steps,
    sessions: run.sessions,
    artifacts,
    ...(agreed === undefined ? {} : { agreed }),
  };
  const path = join(options.out.path, recordFileName(plan.buildFile));
  const kept = recordPath(context.folders.state, record.build);
  const comparison = compareWithEarlier(artifacts, record.vmm.name, await readEarlierRecord(kept));
  if (comparison !== undefined) context.emit({ type: 'note', text: comparison });
  await writeRecord(path, record);
  await writeRecord(kept, record);
  context.emit({ type: 'build-done', durationMs: record.durationMs, record: path, artifacts });
  return record;
}
