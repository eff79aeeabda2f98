// Carries out a plan: sessions and host actions in order, artifacts and the record at the end.
import { join } from 'node:path';
import type { Plan } from '../plan/plan.ts';
import { openWorkFolder } from '../state/work-folder.ts';
import type { BuildContext, BuildOptions } from './build-context.ts';
import { handOver } from './hand-over.ts';
import { type OpenedRun, openRun } from './open-run.ts';
import { type BuildRecord, buildOf, recordPath, writeRecord } from './record.ts';
import { runHostAction } from './run-host-action.ts';
import { runSession } from './run-session.ts';

/** @throws RunnerError `step-failed`, `no-vmm`, `host`; BorderError, AdapterError for a machine that did not do its part; the signal's reason */
export async function build(plan: Plan, options: BuildOptions, context: BuildContext): Promise<BuildRecord> {
  const startedAt = new Date();
  const begun = performance.now();
  const sessions = plan.stages.filter((stage) => stage.kind === 'session').length;
  const { name, version, arch } = plan.buildFile;
  const { repository, buildVmDigest: buildVm } = plan;
  context.emit({ type: 'build-started', repository, name, version, arch, buildVm, steps: plan.steps.length, sessions });
  const work = await openWorkFolder(context.folders.state);
  let opened: OpenedRun | undefined;
  try {
    opened = await openRun(plan, options, context, work);
    const { run, vmm } = opened;
    for (const stage of plan.stages) {
      context.signal.throwIfAborted();
      await (stage.kind === 'session' ? runSession(run, stage) : runHostAction(run, stage.step));
    }
    const artifacts = await handOver(run);
    const record: BuildRecord = {
      schema: 1,
      vmb: context.vmbVersion,
      build: buildOf(plan),
      buildVm: { digest: plan.buildVmDigest, pinned: context.buildVm.pinned },
      vmm,
      startedAt: startedAt.toISOString(),
      durationMs: Math.round(performance.now() - begun),
      steps: run.steps,
      sessions: run.sessions,
      artifacts,
    };
    const path = join(options.outFolder, `${name}.record.json`);
    await writeRecord(path, record);
    await writeRecord(recordPath(context.folders.state, record.build), record);
    context.emit({ type: 'build-done', durationMs: record.durationMs, record: path, artifacts });
    return record;
  } finally {
    await opened?.run.adapter.close?.(work.isKept());
    await work.remove();
  }
}
