// Tries an accelerator the only way that proves it: the build-VM has to boot on it as far as its agent's first line.
import { setTimeout } from 'node:timers/promises';
import type { RunningMachine } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';

export interface Verdict {
  readonly works: boolean;
  /** Follows the accelerator's name: "the build-VM booted on it in 0.5 s". */
  readonly because: string;
}

/** Real hardware needs about half a second. */
const trialMs = 4_000;

/** `boot` starts the build-VM without disks; `signal` ends it. */
export async function tryAccelerator(
  boot: () => Promise<RunningMachine>,
  signal: AbortSignal,
  deadlineMs = trialMs,
): Promise<Verdict> {
  const startedAt = performance.now();
  let machine: RunningMachine;
  try {
    machine = await boot();
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return { works: false, because: `QEMU does not start on it: ${lastLineOf(error.message)}` };
  }
  const clock = new AbortController();
  try {
    const verdict = await Promise.race([
      agentSpoke(machine).then(() => ({
        works: true,
        because: `the build-VM booted on it in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
      })),
      machine.exited.then(({ reason }) => ({
        works: false,
        because: `the build-VM ended on it before it was ready (${reason})`,
      })),
      setTimeout(deadlineMs, undefined, { signal: clock.signal }).then(() => ({
        works: false,
        because: `the build-VM did not become ready on it within ${deadlineMs / 1000} s`,
      })),
    ]);
    // The end that an abort brings says nothing of the accelerator.
    signal.throwIfAborted();
    return verdict;
  } finally {
    clock.abort();
    await machine.stop();
    machine.serial.destroy();
  }
}

/** The guest's agent begins each of its lines with this; see docs/border.md. */
const agentLine = /(?:^|[\r\n])VMB1 /;

function agentSpoke({ serial }: RunningMachine): Promise<void> {
  let text = '';
  return new Promise((resolve) => {
    serial.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (agentLine.test(text)) resolve();
    });
  });
}

/** QEMU's own words stand before the command line. */
function lastLineOf(message: string): string {
  return /It said:\n(.*)/.exec(message)?.[1] ?? message;
}
