// Lines and running tasks on a terminal, one below the other: the only file that knows listr2.
import { Listr } from 'listr2';
import { printable } from '../printable.ts';
import { durationText } from './amounts.ts';
import type { ReportOutput } from './report.ts';

/** Often enough to look alive; a step may print thousands of lines in between. */
const refreshMs = 200;

export interface LiveScreen {
  say(lines: readonly string[]): void;
  /** Shows something as running, with its time; at most one thing at a time. */
  begin(title: string): void;
  /** Shows a line below what is running, in place of the one before. */
  mutter(line: string): void;
  /** What is running stays on the screen as done, or as failed. Without a duration the screen's own clock counts. */
  end(succeeded: boolean, durationMs?: number): void;
  /** Resolves when everything up to now is on the screen. */
  settled(): Promise<void>;
}

export function liveScreen(output: ReportOutput): LiveScreen {
  // Tasks and lines appear one after the other: listr2 owns the screen's last lines while a task runs.
  let shown: Promise<unknown> = Promise.resolve();
  let running: Running | undefined;
  return {
    say(lines) {
      const text = lines.map((line) => `${printable(line)}\n`).join('');
      shown = shown.then(() => output.write(text));
    },
    begin(title) {
      running = {
        title: printable(title),
        columns: output.columns ?? 80,
        startedAt: performance.now(),
        lastLine: '',
        over: undefined,
        wake: () => {},
      };
      const list = listOf(running);
      shown = shown.then(() => list.run()).catch(() => undefined);
    },
    mutter(line) {
      if (running !== undefined) running.lastLine = printable(line);
    },
    end(succeeded, durationMs) {
      if (running === undefined) return;
      running.over = { succeeded, durationMs: durationMs ?? performance.now() - running.startedAt };
      running.wake();
      running = undefined;
    },
    settled: () => shown.then(() => undefined),
  };
}

interface Running {
  readonly title: string;
  /** As wide as the terminal was when it began. */
  readonly columns: number;
  readonly startedAt: number;
  lastLine: string;
  over: { readonly succeeded: boolean; readonly durationMs: number } | undefined;
  /** Called when `over` is known. */
  wake: () => void;
}

/** A list of one task: a list of many redraws all of it with every line of output, and overflows small terminals. */
function listOf(running: Running): Listr {
  return new Listr(
    { title: running.title, task: (_, task) => follow(running, task) },
    {
      // Signals are for the command line, which ends the VM first; listr2 would end the process.
      registerSignalListeners: false,
      rendererOptions: { formatOutput: 'truncate', showErrorMessage: false },
    },
  );
}

/** The time is never what a narrow terminal cuts off: listr2 needs some columns for itself. */
function timed({ title, columns }: Running, time: string): string {
  const room = Math.max(columns - time.length - 8, 8);
  return `${title.length > room ? `${title.slice(0, room - 1)}…` : title}  ${time}`;
}

async function follow(running: Running, task: { title: string; output: string }): Promise<void> {
  if (running.over === undefined) {
    const timer = setInterval(() => {
      task.title = timed(running, `${Math.floor((performance.now() - running.startedAt) / 1000)} s`);
      if (running.lastLine !== '' && running.lastLine !== task.output) task.output = running.lastLine;
    }, refreshMs);
    await new Promise<void>((resolve) => {
      running.wake = resolve;
    });
    clearInterval(timer);
  }
  task.title = timed(running, durationText(running.over?.durationMs ?? 0));
  if (running.over?.succeeded !== true) throw new Error('shown by its mark alone');
}
