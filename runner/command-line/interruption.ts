// Which signal interrupted vmb, carried by the AbortSignal that every command gets.
import { RunnerError } from '../runner-error.ts';

/** What the shell sees of a process that a signal ended: 128 and the signal's number. */
export const signalExitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type Interruption = keyof typeof signalExitCodes;

export const interruptions: readonly Interruption[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];

/** The reason to abort with. */
export function interruptedBy(interruption: Interruption): RunnerError {
  return new RunnerError('interrupted', `Interrupted by ${interruption}.`, { cause: interruption });
}

/** Undefined as long as nothing interrupts. */
export function interruptionOf(signal: AbortSignal): Interruption | undefined {
  const reason: unknown = signal.reason;
  if (!signal.aborted || !(reason instanceof RunnerError)) return undefined;
  return interruptions.find((interruption) => interruption === reason.cause);
}
