// Boots a session's machine and follows its steps to the end; a boot that never comes up is tried once more, saying so.
import { join } from 'node:path';
import { BorderError } from '../../build-vm/border/border-error.ts';
import { carryOut } from '../../build-vm/border/carry-out.ts';
import type { Session, SessionEvent, StepOutcome, StepResult } from '../../build-vm/border/session.ts';
import type { Machine } from '../../vmm-adapters/lib/adapter.ts';
import type { GuestStep } from '../plan/plan.ts';
import type { BuildRun } from './build-run.ts';
import { openConsoleLog } from './console-log.ts';
import { failStep } from './fail-step.ts';
import { sessionReporter } from './session-reporter.ts';

export interface SessionToBoot {
  readonly session: Session;
  readonly machine: Machine;
  readonly command: readonly string[];
  readonly steps: readonly GuestStep[];
  readonly nonce: string;
}

export interface BootedSession {
  readonly results: readonly StepResult[];
  readonly guestReadyMs: number;
}

/** @throws RunnerError `step-failed` for a step that failed; BorderError, AdapterError when the machine did */
export async function bootSession(run: BuildRun, what: SessionToBoot): Promise<BootedSession> {
  const { session, command, steps } = what;
  const numbers = steps.map(({ number }) => number);
  const disk = steps[0]?.target?.disk;
  const target = disk === undefined ? {} : { target: disk };
  run.context.emit({ type: 'session-started', session: session.id, steps: numbers, ...target, command });
  try {
    return await bootOnce(run, what);
  } catch (error) {
    // A target-VM that was started once is no longer the same.
    const mayRepeat = error instanceof BorderError && error.beforeReady && session.guest === undefined;
    if (!mayRepeat || run.context.signal.aborted) throw error;
    run.context.emit({ type: 'note', text: `${session.id}: ${error.message} Trying once more.` });
    return await bootOnce(run, what);
  }
}

/** Where a session stands, for whoever has to say what went wrong. */
interface Progress {
  guestReadyMs: number;
  current: { readonly number: number; readonly startedAt: number } | undefined;
}

async function bootOnce(run: BuildRun, what: SessionToBoot): Promise<BootedSession> {
  const { session, machine, steps, nonce } = what;
  const { signal, emit } = run.context;
  const log = openConsoleLog(join(run.work.path, `${session.id}.console.log`));
  const running = await run.adapter.boot(machine, signal);
  const reporter = sessionReporter(session.id, steps, performance.now(), emit);
  const progress: Progress = { guestReadyMs: 0, current: undefined };
  const onEvent = (event: SessionEvent) => {
    log.write(event);
    advance(progress, event);
    reporter.take(event);
  };
  const failed = (number: number, cause: StepOutcome | Error, durationMs: number) => {
    const step = steps.find((candidate) => candidate.number === number);
    if (step === undefined) throw new Error(`Internal error: step ${number} is not in ${session.id}`);
    const lastLines = reporter.lastLines(number);
    return failStep(run, { step, cause, durationMs, lastLines, machine: { machine, consoleLogPath: log.path } });
  };
  try {
    const results = await carryOut(session, { nonce, machine: running, onEvent, signal });
    const bad = results.find(({ outcome }) => outcome.kind !== 'exit' || outcome.code !== 0);
    if (bad !== undefined) throw await failed(bad.number, bad.outcome, bad.durationMs);
    return { results, guestReadyMs: progress.guestReadyMs };
  } catch (error) {
    const { current } = progress;
    if (!(error instanceof BorderError) || current === undefined) throw error;
    throw await failed(current.number, error, Math.round(performance.now() - current.startedAt));
  } finally {
    log.close();
    await running.stop();
  }
}

function advance(progress: Progress, event: SessionEvent): void {
  if (event.type === 'ready') progress.guestReadyMs = event.guestUptimeMs;
  if (event.type === 'step-started') progress.current = { number: event.number, startedAt: performance.now() };
  if (event.type === 'step-ended') progress.current = undefined;
}
