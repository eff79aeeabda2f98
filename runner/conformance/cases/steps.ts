// Cases about what steps tell the host, and what the machine promises them.
import type { StepOutcome } from '../../../build-vm/border/session.ts';
import type { Bench } from '../bench.ts';
import { type ConformanceCase, difference, verdict } from '../case.ts';
import { blob, clockSeconds, digestOf, mainCpus, mainMemoryBytes, mainSession, mainSteps } from '../main-session.ts';
import { broken } from '../sentences.ts';
import { type Course, follow, prepareTrial } from '../trial.ts';
import { mebibyte, type TrialSetting, trialEpochSeconds } from '../trial-session.ts';

export const stepCases: readonly ConformanceCase[] = [
  {
    number: 16,
    subject: 'steps',
    name: 'exit codes',
    promise: 'Exit codes and signals of steps arrive as they were.',
    async run(bench) {
      const { course } = await mainSession(bench);
      const exits = (['disks', 'exit 1', 'exit 42', 'exit 255', 'signal'] as const).map((name) =>
        outcome(course, name),
      );
      const expected = [0, 1, 42, 255, 137].map((code) => ({ kind: 'exit', code }));
      return verdict([broken(course), difference('the outcomes', expected, exits)]);
    },
  },
  {
    number: 17,
    subject: 'steps',
    name: 'deadline of a step',
    promise: 'A step that takes too long is ended by the guest, and the machine goes on.',
    async run(bench) {
      const { course } = await mainSession(bench);
      return verdict([broken(course), difference('its outcome', { kind: 'timeout' }, outcome(course, 'timeout'))]);
    },
  },
  {
    number: 18,
    subject: 'steps',
    name: 'output',
    promise: '1 MB of output, all values of bytes in it, arrives without a loss.',
    async run(bench) {
      const { course } = await mainSession(bench);
      const output = course.output(mainSteps.output);
      return verdict([
        broken(course),
        difference('its length in bytes', blob.length, output.length),
        output.equals(blob) ? undefined : 'It is not what the guest wrote.',
      ]);
    },
  },
  {
    number: 19,
    subject: 'steps',
    name: 'payloads',
    promise: 'What the host put on the job disk arrives in the guest as it was.',
    async run(bench) {
      const { course } = await mainSession(bench);
      const told = course.output(mainSteps.payload).toString().slice(0, 64);
      return verdict([broken(course), difference('its SHA-256', digestOf(blob), told)]);
    },
  },
  {
    number: 20,
    subject: 'machine',
    name: 'processors',
    promise: 'The machine has as many processors as it should.',
    async run(bench) {
      const { course } = await mainSession(bench);
      const [cpus = ''] = lines(course, 'machine');
      return verdict([broken(course), difference('processors', mainCpus(bench), Number(cpus))]);
    },
  },
  {
    number: 21,
    subject: 'machine',
    name: 'memory',
    promise: 'The machine has the memory that it should, of which the kernel takes a part.',
    async run(bench) {
      const { course } = await mainSession(bench);
      const [, text = ''] = lines(course, 'machine');
      const bytes = Number.parseInt(text, 10) * 1024;
      const fits = bytes <= mainMemoryBytes && bytes >= mainMemoryBytes * leastMemory;
      const found = `${Math.round(bytes / mebibyte)} MiB of ${mainMemoryBytes / mebibyte} MiB`;
      return verdict([broken(course), fits ? undefined : `The guest's kernel has ${found}.`]);
    },
  },
  {
    number: 22,
    subject: 'machine',
    name: 'clock',
    promise: 'The guest’s clock stands at the epoch when a step begins, and runs as fast as the host’s.',
    async run(bench) {
      const { course } = await mainSession(bench);
      const [date = '', from = '', to = ''] = lines(course, 'clock');
      const inGuest = Number.parseFloat(to) - Number.parseFloat(from);
      const onHost = (course.results.find(({ number }) => number === mainSteps.clock)?.durationMs ?? 0) / 1000;
      const late = Number(date) - trialEpochSeconds;
      // The guest's seconds are a part of the host's; what is around them, a loaded host stretches.
      const runs = inGuest >= clockSeconds && inGuest <= onHost + clockSlackSeconds && onHost <= inGuest * slowest + 8;
      return verdict([
        broken(course),
        late >= 0 && late < 60 ? undefined : `A step began ${late} s after the epoch.`,
        runs ? undefined : `${inGuest.toFixed(1)} s went by in the guest, and ${onHost.toFixed(1)} s on the host.`,
      ]);
    },
  },
  {
    number: 23,
    subject: 'machine',
    name: 'two machines at once',
    promise: 'Two machines run side by side, each with its own disks and console.',
    run: twoAtOnce,
  },
];

const leastMemory = 0.8;
const clockSlackSeconds = 0.5;
const slowest = 2;

function outcome({ results }: Course, name: keyof typeof mainSteps): StepOutcome | undefined {
  return results.find(({ number }) => number === mainSteps[name])?.outcome;
}

function lines(course: Course, name: keyof typeof mainSteps): string[] {
  return course.output(mainSteps[name]).toString().split('\n');
}

/** As two builds would, each with an adapter of its own; their sessions must overlap. */
async function twoAtOnce(bench: Bench) {
  const setting = (id: string): TrialSetting => ({
    id,
    steps: [{ script: `echo I am ${id} >/dev/vmb/own; sync; sleep 2; head -n 1 /dev/vmb/own` }],
    disks: [{ name: 'own', sizeBytes: mebibyte }],
  });
  const one = await prepareTrial(bench, setting('one'));
  const two = await prepareTrial(bench, setting('two'), await bench.openAnother());
  try {
    const courses = await Promise.all([one, two].map(async (trial) => follow(trial, await trial.boot())));
    const times = courses.map(({ events }) => [events.at(0)?.atMs ?? 0, events.at(-1)?.atMs ?? 0] as const);
    const apart = (times[0]?.[1] ?? 0) < (times[1]?.[0] ?? 0) || (times[1]?.[1] ?? 0) < (times[0]?.[0] ?? 0);
    return verdict([
      ...courses.map(broken),
      difference(
        'what they wrote',
        ['I am one\n', 'I am two\n'],
        courses.map((course) => course.output(1).toString()),
      ),
      apart ? 'The second ran only when the first had ended.' : undefined,
    ]);
  } finally {
    await one.remove();
    await two.remove();
  }
}
