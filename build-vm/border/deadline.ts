// Decides whether a session has waited too long, from its stage and two times. Pure.
import type { Cause, Stage } from './failure.ts';
import type { Deadlines } from './session.ts';

/** How long after a step's timeout the agent may take to end it, write back its disks and say so. */
export const overdueAfterMs = 120_000;

export interface Times {
  readonly nowMs: number;
  readonly stageSinceMs: number;
  /** When the last frame of the agent came. */
  readonly heardMs: number;
}

/** Why the session is over, or undefined as long as there is still time. */
export function missedDeadline(stage: Stage, deadlines: Deadlines, times: Times, graceMs: number): Cause | undefined {
  const inStageMs = times.nowMs - times.stageSinceMs;
  if (stage.kind === 'booting') {
    return inStageMs > deadlines.bootMs ? { kind: 'boot-deadline', afterMs: deadlines.bootMs } : undefined;
  }
  if (stage.kind === 'step' && inStageMs > stage.step.timeoutMs + graceMs) return { kind: 'overdue', afterMs: graceMs };
  if (stage.kind === 'ending' && inStageMs > deadlines.endMs) return { kind: 'end-deadline', afterMs: deadlines.endMs };
  const silentMs = times.nowMs - times.heardMs;
  return silentMs > deadlines.silenceMs ? { kind: 'silence', afterMs: deadlines.silenceMs } : undefined;
}
