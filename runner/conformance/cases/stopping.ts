// Cases about the power being taken away by the host: at every stage, by deadline, by signal, and more than once.
import type { RunningMachine } from '../../../vmm-adapters/lib/adapter.ts';
import type { Bench } from '../bench.ts';
import { type ConformanceCase, difference, type Finding, verdict } from '../case.ts';
import { codeOf, messageOf } from '../sentences.ts';
import { exitOf, follow, prepareTrial, runTrial, type Trial } from '../trial.ts';
import { mebibyte } from '../trial-session.ts';

const subject = 'endings';
// The machine must be gone long before.
const stepMs = 10_000;
const abortion = new Error('aborted by the conformance kit');

export const stoppingCases: readonly ConformanceCase[] = [
  {
    number: 35,
    subject,
    name: 'deadline of a boot',
    promise: 'A machine that is not ready in time is stopped.',
    async run(bench) {
      return runTrial(bench, { id: 'deadline', steps: [], deadlines: { bootMs: 50 } }, async (course) => {
        const code = codeOf(course) ?? 'nothing';
        const fits = ['boot-timeout', 'console-silent'].includes(code);
        return verdict([fits ? undefined : `The session ended by ${code}.`, ended(course.exit)]);
      });
    },
  },
  {
    number: 36,
    subject,
    name: 'abort before the start',
    promise: 'boot() with a signal that is aborted already, or a moment later, leaves no machine.',
    run: (bench) => withTrial(bench, 'abort-start', abortAtStart),
  },
  {
    number: 37,
    subject,
    name: 'abort while booting',
    promise: 'The signal takes the power away before the guest is ready.',
    run: (bench) => withTrial(bench, 'abort-boot', (trial) => abortWhen(trial, 'booting')),
  },
  {
    number: 38,
    subject,
    name: 'abort in a step',
    promise: 'The signal takes the power away while a step runs.',
    run: (bench) => withTrial(bench, 'abort-step', (trial) => abortWhen(trial, 'step')),
  },
  {
    number: 39,
    subject,
    name: 'repeated stop',
    promise: 'stop() may be called at any time, at the same time, and again; then disks can be collected.',
    run: (bench) => withTrial(bench, 'stops', repeatedStop),
  },
];

async function withTrial(bench: Bench, id: string, run: (trial: Trial) => Promise<Finding>): Promise<Finding> {
  const disks = [{ name: 'own', sizeBytes: mebibyte }];
  const trial = await prepareTrial(bench, {
    id,
    steps: [{ script: 'echo begun; sleep 1000', timeoutMs: stepMs }],
    disks,
  });
  try {
    return await run(trial);
  } finally {
    await trial.remove();
  }
}

function ended(exit: unknown): string | undefined {
  return exit === undefined ? 'The machine goes on.' : undefined;
}

async function abortAtStart(trial: Trial): Promise<Finding> {
  const already = await startAborted(trial, (abort) => abort());
  const soon = await startAborted(trial, (abort) => void setTimeout(abort, 5));
  return verdict([already, soon]);
}

/** A machine that came up nevertheless must be gone by the signal alone. */
async function startAborted(trial: Trial, arrange: (abort: () => void) => void): Promise<string | undefined> {
  const controller = new AbortController();
  arrange(() => controller.abort(abortion));
  let running: RunningMachine;
  try {
    running = await trial.boot(controller.signal);
  } catch (error) {
    return controller.signal.aborted && error === abortion
      ? undefined
      : `boot() did not throw the signal’s reason, but: ${messageOf(error)}`;
  }
  const exit = await exitOf(running);
  await running.stop();
  return exit === undefined ? 'The machine goes on although its signal was aborted.' : undefined;
}

async function abortWhen(trial: Trial, stage: 'booting' | 'step'): Promise<Finding> {
  const controller = new AbortController();
  const running = await trial.boot(controller.signal);
  if (stage === 'booting') controller.abort(abortion);
  // The session is carried out without the signal: the machine has to end by itself.
  const course = await follow(trial, running, {
    onEvent: ({ type }) => {
      if (type === 'output') controller.abort(abortion);
    },
  });
  const reason = course.endedBy?.reason;
  return verdict([
    difference('how the session broke off', 'machine-ended', codeOf(course)),
    reason === undefined || !['stopped', 'unknown', 'killed'].includes(reason)
      ? `The VMM says that the machine ended by ${reason ?? 'nothing'}.`
      : undefined,
  ]);
}

async function repeatedStop(trial: Trial): Promise<Finding> {
  const running = await trial.boot();
  await Promise.all([running.stop(), running.stop()]);
  const exit = await exitOf(running);
  await running.stop();
  const bytes = await trial.read('own', 0, mebibyte);
  const again = await trial.boot();
  await again.stop();
  return verdict([
    ended(exit),
    difference('the bytes of its disk', mebibyte, bytes.length),
    ended(await exitOf(again)),
  ]);
}
