// Cases about the serial console: nothing is lost on it, whoever is slow, and nothing on it is believed too easily.
import type { Bench } from '../bench.ts';
import { type ConformanceCase, difference, type Finding, verdict } from '../case.ts';
import { type Habits, withHabits } from '../console.ts';
import { forgery, kernelMessage, kernelText, noiseTimes } from '../guest-tricks.ts';
import { blob } from '../main-session.ts';
import { broken, codeOf } from '../sentences.ts';
import { type Course, follow, prepareTrial } from '../trial.ts';
import type { TrialStep } from '../trial-session.ts';

const subject = 'serial';

export const serialCases: readonly ConformanceCase[] = [
  {
    number: 24,
    subject,
    name: 'late connection',
    promise: 'A host that looks at the console some seconds late loses nothing that it needs.',
    run: (bench) => withOutput(bench, 'late', { readAfterMs: 6_000 }, 65_536),
  },
  {
    number: 25,
    subject,
    name: 'slow host',
    promise: 'A host that reads slowly gets every byte: the machine waits.',
    run: (bench) => withOutput(bench, 'slow', { restEveryBytes: 100_000, restMs: 1_000 }, blob.length / 2),
  },
  {
    number: 26,
    subject,
    name: 'host that writes in bursts',
    promise: 'A host may write more at once than a serial port takes; what matters arrives in the end.',
    run: (bench) => withOutput(bench, 'bursts', { noise: noiseLines(100) }, 65_536, 3),
  },
  {
    number: 27,
    subject,
    name: 'frames cut by kernel text',
    promise: 'Text of the kernel between the bytes of a frame comes to the host as it is, and never makes a success.',
    async run(bench) {
      const step = { script: kernelText, timeoutMs: 60_000, payloads: { noise: blob.subarray(0, 65_536) } };
      const course = await courseOf(bench, 'kernel-text', [step]);
      return course.error === undefined ? notCut(course) : refused(course, ['frame-gap', 'frame-malformed']);
    },
  },
  {
    number: 28,
    subject,
    name: 'forged success',
    promise: 'A perfect frame that a command writes to the console itself is refused.',
    async run(bench) {
      return refused(await courseOf(bench, 'forged', [{ script: forgery, timeoutMs: 30_000 }]), ['forged-frame']);
    },
  },
];

/** Where a serial port takes no time, text comes between frames only: then both must be whole. */
function notCut(course: Course): Finding {
  const texts = course.events.filter(({ event }) => event.type === 'console' && event.line.includes(kernelMessage));
  const noise = Buffer.concat(Array.from({ length: noiseTimes }, () => blob.subarray(0, 65_536)));
  return verdict([
    texts.length > 0 ? undefined : 'The kernel’s text did not come.',
    course.output(1).equals(noise) ? undefined : 'The output is not what the guest wrote.',
  ]);
}

function noiseLines(count: number): string {
  return `${'no frame, only noise on the line\n'.repeat(count)}`;
}

async function withOutput(bench: Bench, id: string, habits: Habits, bytes: number, times = 1): Promise<Finding> {
  const part = blob.subarray(0, bytes);
  const step: TrialStep = { script: 'vmb_payload_bytes part', payloads: { part } };
  const steps = Array.from({ length: times }, () => step);
  const course = await courseOf(bench, id, steps, habits);
  const wrong = steps.map((_, index) =>
    course.output(index + 1).equals(part) ? undefined : 'The output is not what the guest wrote.',
  );
  return verdict([broken(course), ...wrong.slice(0, 1)]);
}

async function courseOf(bench: Bench, id: string, steps: readonly TrialStep[], habits: Habits = {}): Promise<Course> {
  const trial = await prepareTrial(bench, { id, steps });
  try {
    const running = await trial.boot();
    return await follow(trial, running, { machine: withHabits(running, habits) });
  } finally {
    await trial.remove();
  }
}

function refused(course: Course, codes: readonly string[]): Finding {
  const code = codeOf(course);
  if (code !== undefined && codes.includes(code)) return verdict([]);
  if (code === undefined) {
    const { results } = course;
    return verdict([
      difference(
        'what the host believed',
        'nothing',
        results.map(({ outcome }) => outcome),
      ),
    ]);
  }
  return verdict([broken(course)]);
}
