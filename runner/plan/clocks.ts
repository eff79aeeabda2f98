// At which time each guest step's clock starts: no step sees a file from the future, and none depends on how fast the machine was.
import { timeLimitSeconds } from '../../build-vm/border/job-text.ts';
import { filesystemKind } from '../../jobs/lib/filesystems.ts';
import { unsigned32 } from '../../jobs/lib/times.ts';
import type { BuildFile, Mistake } from '../build-file/build-file.ts';
import { whereOf } from '../build-file/where.ts';
import type { PlanDraft } from './plan-draft.ts';
import type { StepDraft } from './steps.ts';

/** What decides on the clocks of the steps behind it. */
type Timed = Pick<Extract<StepDraft['step'], { kind: 'guest' }>, 'timeoutMs' | 'onlyReads'>;

/** The clock of the first step, then for each step, in seconds since 1970, that of the one behind it. */
export function clocksOf(steps: readonly StepDraft['step'][], epochSeconds: number): number[] {
  let clock = epochSeconds;
  return [clock, ...steps.map((step) => (clock += step.kind === 'guest' ? secondsBehind(step) : 0))];
}

/** A step that writes no disk leaves no file that a later one could find in the future. */
function secondsBehind(step: Timed): number {
  return step.onlyReads ? 0 : timeLimitSeconds(step);
}

/** When the last step that may run has to be over at the latest. */
export function lastSecond(steps: readonly StepDraft['step'][], epochSeconds: number): number {
  const clocks = clocksOf(steps, epochSeconds);
  const ends = steps.map((step, index) => (clocks[index] ?? 0) + (step.kind === 'guest' ? timeLimitSeconds(step) : 0));
  return Math.max(epochSeconds, ...ends);
}

/** A mistake where a step would write times that some filesystem of the build, or any program, cannot count. */
export function clockMistakes(
  { epoch }: Pick<BuildFile, 'epoch'>,
  drafts: readonly StepDraft[],
  disks: PlanDraft['disks'],
): Mistake[] {
  const types = [...disks.values()].flatMap((disk) => [...disk.filesystems.values()].map(({ type }) => type));
  const limits = types.map((type) => ({ what: `times of ${type}`, last: filesystemKind(type).times.last }));
  const all = [...limits, { what: 'times in 32 bits', last: unsigned32.last }];
  const first = all.reduce((one, other) => (other.last < one.last ? other : one));
  const steps = drafts.map(({ step }) => step);
  const index = steps.findIndex((_, at) => lastSecond(steps.slice(0, at + 1), epoch.seconds) > first.last);
  const entry = drafts[index]?.entry;
  if (entry === undefined) return [];
  const end = new Date(first.last * 1000).toISOString().slice(0, 10);
  return [
    {
      position: entry.position([]),
      where: whereOf(['job', entry.number - 1], entry.use),
      what: `the clock of this step could pass ${end}, where ${first.what} end, because it starts after the time limits of all steps before it`,
      remedy: 'choose an earlier epoch, or give the steps before it a shorter timeout',
    },
  ];
}
