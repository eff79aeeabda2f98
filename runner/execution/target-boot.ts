// How a target-VM starts: by firmware from its own disk, or a kernel that lies somewhere on this host now.
import type { Boot } from '../../vmm-adapters/lib/adapter.ts';
import type { PlannedTarget } from '../plan/plan.ts';
import { type HostStepFacts, inputPath } from './host-step.ts';

/** @throws RunnerError `host` for a kernel that changed after the plan was made */
export async function targetBoot({ boot }: PlannedTarget, facts: HostStepFacts): Promise<Boot> {
  if (boot.kind === 'firmware') return boot;
  const kernelPath = await inputPath('kernel', boot.kernel, facts, facts.folder);
  return { kind: 'kernel', kernelPath, commandLine: boot.commandLine };
}
