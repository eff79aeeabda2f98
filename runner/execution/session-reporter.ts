// Turns what happens in a session into events of the build: bytes into lines, results into facts.
import type { SessionEvent } from '../../build-vm/border/session.ts';
import type { EventSink } from '../event.ts';
import type { GuestStep } from '../plan/plan.ts';
import { type OutputLines, outputLines } from './output-lines.ts';

export interface SessionReporter {
  take(event: SessionEvent): void;
  /** The last lines of a step's output, oldest first. */
  lastLines(step: number): readonly string[];
}

/** `bootedAt`: performance.now() when the machine was started. */
export function sessionReporter(
  session: string,
  steps: readonly GuestStep[],
  bootedAt: number,
  emit: EventSink,
): SessionReporter {
  const outputs = new Map<number, OutputLines>();
  const outputOf = (step: number): OutputLines => {
    const known = outputs.get(step);
    if (known !== undefined) return known;
    const made = outputLines((text) => emit({ type: 'step-output', step, text }));
    outputs.set(step, made);
    return made;
  };
  return {
    lastLines: (step) => outputs.get(step)?.last() ?? [],
    take(event) {
      switch (event.type) {
        case 'ready':
          emit({
            type: 'session-ready',
            session,
            guestUptimeMs: event.guestUptimeMs,
            hostMs: Math.round(performance.now() - bootedAt),
          });
          return;
        case 'step-started': {
          const step = steps.find(({ number }) => number === event.number);
          if (step === undefined) throw new Error(`Internal error: step ${event.number} is not in ${session}`);
          emit({
            type: 'step-started',
            step: step.number,
            job: step.job,
            title: step.title,
            fingerprint: step.fingerprint,
          });
          return;
        }
        case 'output':
          outputOf(event.number).push(event.bytes);
          return;
        case 'step-ended': {
          const { number, outcome, durationMs, facts } = event.result;
          outputs.get(number)?.finish();
          if (outcome.kind === 'exit' && outcome.code === 0) {
            emit({ type: 'step-done', step: number, durationMs, facts: Object.fromEntries(facts) });
          }
          return;
        }
        case 'kernel':
        case 'console':
          return;
      }
    },
  };
}
