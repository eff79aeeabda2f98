// Plans what a target-VM starts: its disk, and the bytes of its kernel where it is started without the disk's own boot loader.
import type { TargetPlan } from '../../jobs/lib/job.ts';
import type { JobEntry } from '../build-file/build-file.ts';
import { planHostInput } from '../payload/host-input.ts';
import type { SourceFacts } from '../payload/locate.ts';
import type { PlannedTarget, StepInput } from './plan.ts';

interface TargetFacts {
  readonly entry: JobEntry;
  readonly sources: SourceFacts;
}

interface Planned {
  readonly planned: PlannedTarget | undefined;
  readonly inputs: readonly StepInput[];
}

/** A kernel out of a volume is brought out by the step before `number`. @throws JobMistake */
export function planTarget(target: TargetPlan | undefined, number: number, { entry, sources }: TargetFacts): Planned {
  if (target === undefined) return { planned: undefined, inputs: [] };
  const { disk, boot, at } = target;
  const position = entry.position(at);
  if (boot.kind === 'firmware') return { planned: { disk, boot, position }, inputs: [] };
  const { bytes, input } = planHostInput('kernel', boot.kernel, number - 1, sources);
  const { commandLine } = boot;
  return { planned: { disk, boot: { kind: 'kernel', kernel: bytes, commandLine }, position }, inputs: [input] };
}
