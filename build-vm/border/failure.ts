// What is said when a session breaks off: one sentence for each way and stage, with what the console showed last.
import type { MachineExit } from '../../vmm-adapters/lib/adapter.ts';
import { BorderError, type BorderErrorCode } from './border-error.ts';
import type { GuestName, SessionStep } from './session.ts';

/** Where a session stands. */
export type Stage =
  | { readonly kind: 'booting' }
  | { readonly kind: 'step'; readonly step: SessionStep }
  | { readonly kind: 'ending' };

/** What is known when a session breaks off. */
export interface Circumstances {
  readonly guest: GuestName;
  readonly stage: Stage;
  /** The last lines of the console that are no frames. */
  readonly consoleLines: readonly string[];
  /** The kernel's words, when it panicked. */
  readonly panic: string | undefined;
}

/** Why a session breaks off. */
export type Cause =
  | { readonly kind: 'exit'; readonly exit: MachineExit }
  | { readonly kind: 'console-closed' }
  | { readonly kind: 'started-anew' }
  | { readonly kind: 'boot-deadline'; readonly afterMs: number }
  | { readonly kind: 'silence'; readonly afterMs: number }
  | { readonly kind: 'overdue'; readonly afterMs: number }
  | { readonly kind: 'end-deadline'; readonly afterMs: number };

type Make = (code: BorderErrorCode, sentence: string) => BorderError;

export function failure(cause: Cause, circumstances: Circumstances): BorderError {
  const { guest, stage, consoleLines, panic } = circumstances;
  const options = { beforeReady: stage.kind === 'booting' };
  const error: Make = (code, sentence) => new BorderError(code, sentence + lastLines(consoleLines), options);
  const when = whenOf(stage, guest);
  const words = guestWords[guest];
  if (panic !== undefined) return error('panic', `The ${guest}'s kernel panicked ${when}: ${panic}`);
  switch (cause.kind) {
    case 'exit':
      return exitFailure(cause.exit, circumstances, error);
    case 'console-closed':
      return error('machine-ended', `The machine closed its console ${when}, and nothing says why.`);
    case 'started-anew':
      return error(
        'reset',
        `The machine started anew ${when}: ${words.restarted}.${words.afterwards} Nothing of this session is used.`,
      );
    case 'boot-deadline':
      return consoleLines.length === 0
        ? error(
            'console-silent',
            `The machine showed nothing on its console for ${seconds(cause.afterMs)}: it does not start, or its serial port is not connected. ${words.silentBoot}`,
          )
        : error(
            'boot-timeout',
            `The ${guest} did not become ready within ${seconds(cause.afterMs)}; ${words.slowBoot}`,
          );
    case 'silence':
      return error(
        'silence',
        `The ${guest} sent nothing for ${seconds(cause.afterMs)} ${when}, not even a heartbeat: it hangs, or the host is overloaded. Try again; if it comes back, give the machine more memory.`,
      );
    case 'overdue':
      return error(
        'step-overdue',
        `The ${guest} did not end ${stageName(stage, guest)} although its time was up ${seconds(cause.afterMs)} ago. ${words.overdue}`,
      );
    case 'end-deadline':
      return error(
        'end-timeout',
        `The ${guest} did not say that it ended within ${seconds(cause.afterMs)} after the last step. What the steps wrote may be incomplete, so that it is not used.`,
      );
    default:
      return unreachable(cause);
  }
}

/** What differs between the machine that vmb brings along and the user's own. */
const guestWords = {
  'build-VM': {
    restarted: 'its kernel crashed, or a privileged command restarted it',
    ended: 'a privileged command did, or the build-VM heard nothing from vmb for 30 s',
    notStarted: 'it found nothing to start, or heard nothing from vmb for 30 s',
    afterwards: '',
    silentBoot: 'Look at its command line.',
    slowBoot: 'its console shows how far it came. On a slow host give it more time.',
    overdue: 'Something in it cannot be killed, or its disks are very slow to write.',
  },
  'target-VM': {
    restarted: 'its command restarted it, or its kernel crashed',
    ended: 'its command did, or its agent heard nothing from vmb for 30 s',
    notStarted: 'its system did, or its firmware found nothing to start',
    afterwards:
      ' A run ends with the machine that it begins in: what comes after a restart goes into a run of its own, which boots the target anew.',
    silentBoot: "Look at how the target boots; console=ttyS0 on its kernel's command line shows more.",
    slowBoot:
      'its console shows how far it came. A copy-in with preset = "firstrun" has to come before, and the target\'s init has to come to it.',
    overdue:
      'Something in it cannot be killed, its disks are very slow to write, or it is going down and does not get there.',
  },
} as const satisfies Record<GuestName, object>;

function exitFailure(exit: MachineExit, { stage, guest }: Circumstances, error: Make): BorderError {
  const detail = exit.detail === '' ? '' : ` It said last: ${exit.detail}`;
  const when = whenOf(stage, guest);
  const words = guestWords[guest];
  const booting = stage.kind === 'booting';
  const afterwards = booting ? '' : words.afterwards;
  switch (exit.reason) {
    case 'panic':
      return error('panic', `The ${guest}'s kernel panicked ${when}.${detail}`);
    case 'reset': {
      const because = booting ? 'its kernel crashed' : words.restarted;
      return error('reset', `The machine reset itself ${when}: ${because}.${afterwards}${detail}`);
    }
    case 'power-off': {
      const because = booting ? words.notStarted : words.ended;
      return error('power-off', `The machine powered itself off ${when}: ${because}.${afterwards}${detail}`);
    }
    case 'stopped':
    case 'killed': {
      const because = 'by a person, or by the host when its memory was full';
      return error('machine-ended', `The machine was ended from outside ${when}: ${because}.${detail}`);
    }
    case 'failed':
    case 'unknown':
      return error('machine-ended', `The machine ended ${when}.${detail}`);
    default:
      return unreachable(exit.reason);
  }
}

function whenOf(stage: Stage, guest: GuestName): string {
  switch (stage.kind) {
    case 'booting':
      return `before the ${guest} was ready`;
    case 'step':
      return `in ${stageName(stage, guest)}`;
    case 'ending':
      return `after the last step, before the ${guest} said that it ended`;
    default:
      return unreachable(stage);
  }
}

export function stageName(stage: Stage, guest: GuestName): string {
  return stage.kind === 'step' ? `step ${stage.step.number} (${stage.step.title})` : whenOf(stage, guest);
}

function lastLines(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\nThe console showed last:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

function unreachable(value: never): never {
  throw new Error(`Internal error: ${JSON.stringify(value)}`);
}
