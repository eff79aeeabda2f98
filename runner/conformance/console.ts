// Hosts that read and write a machine's console in other ways than a build does: late, slowly, in bursts.
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningMachine } from '../../vmm-adapters/lib/adapter.ts';

export interface Habits {
  /** Nobody looks at the console before. */
  readonly readAfterMs?: number;
  /** After so many bytes nobody looks for a while. */
  readonly restEveryBytes?: number;
  readonly restMs?: number;
  /** What else is written, before each of the host's words. */
  readonly noise?: string;
}

/** The machine as carryOut sees it; bytes are taken from the real one when the habits say so, and no sooner. */
export function withHabits(machine: RunningMachine, habits: Habits): RunningMachine {
  const { serial } = machine;
  const console = new Duplex({
    read() {},
    write(bytes: Buffer, _encoding, done) {
      const words = Buffer.concat([Buffer.from(habits.noise ?? '', 'latin1'), bytes]);
      if (serial.writable) serial.write(words, () => done());
      else done();
    },
  });
  void pass(serial, console, habits);
  return { serial: console, exited: machine.exited, stop: machine.stop };
}

async function pass(from: Duplex, to: Duplex, habits: Habits): Promise<void> {
  await sleep(habits.readAfterMs ?? 0);
  let sinceRest = 0;
  try {
    for await (const chunk of from) {
      const bytes: Buffer = chunk;
      to.push(bytes);
      sinceRest += bytes.length;
      if (habits.restEveryBytes === undefined || sinceRest < habits.restEveryBytes) continue;
      sinceRest = 0;
      await sleep(habits.restMs ?? 0);
    }
  } catch {
    // The machine is gone; how, its exit tells.
  }
  to.push(null);
}
