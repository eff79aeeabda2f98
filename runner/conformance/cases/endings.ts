// Cases about the end of a machine, whoever brings it about: what the host hears of it is true, and it is over then.
import type { MachineExit } from '../../../vmm-adapters/lib/adapter.ts';
import type { Bench } from '../bench.ts';
import { type ConformanceCase, difference, type Finding, notApplicable, verdict } from '../case.ts';
import { hang, panic, powerOff, reset } from '../guest-tricks.ts';
import { endProcesses, processesOf } from '../left-behind.ts';
import { mainSession } from '../main-session.ts';
import { broken, codeOf } from '../sentences.ts';
import { type Course, follow, prepareTrial, runTrial } from '../trial.ts';
import { mebibyte, type TrialSetting } from '../trial-session.ts';

const subject = 'endings';
// Heartbeats come every 5 s. A machine that is meant to fall silent has little more time than that.
const silenceMs = 20_000;
const hangMs = 12_000;

export const endingCases: readonly ConformanceCase[] = [
  {
    number: 29,
    subject,
    name: 'end of a session',
    promise: 'After the last step the machine waits until it is stopped, and then is told to have been stopped.',
    async run(bench) {
      const { course } = await mainSession(bench);
      const ended = course.endedBy && `It ended by itself (${course.endedBy.reason}).`;
      return verdict([broken(course), ended, wasStopped(course)]);
    },
  },
  {
    number: 30,
    subject,
    name: 'panic',
    promise: 'A panic ends the session, and the kernel’s last words arrive.',
    run: (bench) => ending(bench, 'panic', panic, ['panic'], ['panic', 'reset', 'unknown']),
  },
  {
    number: 31,
    subject,
    name: 'reset',
    promise: 'A machine that resets itself ends, and no step is carried out twice.',
    run: (bench) => ending(bench, 'reset', reset, ['reset', 'machine-ended', 'silence'], ['reset', 'unknown']),
  },
  {
    number: 32,
    subject,
    name: 'power-off in a step',
    promise: 'A machine that switches itself off in a step never looks like a success, or like one that was stopped.',
    run: (bench) =>
      ending(bench, 'power-off', powerOff, ['power-off', 'machine-ended', 'silence'], ['power-off', 'unknown']),
  },
  {
    number: 33,
    subject,
    name: 'hang',
    promise: 'A machine that hangs is noticed by its silence, and stop() ends it.',
    async run(bench) {
      const setting = { id: 'hang', steps: [{ script: hang }], deadlines: { silenceMs: hangMs } };
      return runTrial(bench, setting, async (course) => {
        const ended = course.endedBy && `The machine ended by itself (${course.endedBy.reason}).`;
        return verdict([difference('how the session broke off', 'silence', codeOf(course)), ended, wasStopped(course)]);
      });
    },
  },
  {
    number: 34,
    subject,
    name: 'end of the VMM',
    promise: 'When the VMM is killed, the session ends at once and says so.',
    run: killed,
  },
];

async function ending(
  bench: Bench,
  id: string,
  script: string,
  codes: readonly string[],
  reasons: readonly MachineExit['reason'][],
): Promise<Finding> {
  const setting: TrialSetting = { id, steps: [{ script }], memoryBytes: 192 * mebibyte, deadlines: { silenceMs } };
  return runTrial(bench, setting, async (course) => {
    const code = codeOf(course) ?? 'not at all';
    const begun = course.output(1).toString().split('begun').length - 1;
    const reason = course.endedBy?.reason;
    return verdict([
      codes.includes(code) ? undefined : `The session broke off by ${code}, and should by ${codes.join(' or ')}.`,
      difference('how often the step began', 1, begun),
      reason === undefined || reasons.includes(reason)
        ? undefined
        : `The VMM says that the machine ended by ${reason}, and should say ${reasons.join(' or ')}.`,
    ]);
  });
}

function wasStopped({ exit, endedBy }: Course): string | undefined {
  if (endedBy !== undefined) return undefined;
  if (exit === undefined) return 'After stop() the machine does not say that it ended.';
  const fits = exit.reason === 'stopped' || exit.reason === 'unknown';
  return fits ? undefined : `After stop() the VMM says that the machine ended by ${exit.reason}.`;
}

async function killed(bench: Bench): Promise<Finding> {
  const trial = await prepareTrial(bench, { id: 'killed', steps: [{ script: 'echo begun; sleep 1000' }] });
  try {
    const before = await processesOf(bench.workFolder);
    const running = await trial.boot();
    const vmm = (await processesOf(bench.workFolder)).filter(({ pid }) => !before.some((other) => other.pid === pid));
    if (vmm.length === 0) {
      await running.stop();
      return notApplicable('The machine is no process of this host that could be killed.');
    }
    let killedAtMs = 0;
    const course = await follow(trial, running, {
      onEvent: ({ type }) => {
        if (type !== 'output' || killedAtMs > 0) return;
        killedAtMs = performance.now();
        endProcesses(vmm);
      },
    });
    const reason = course.endedBy?.reason ?? 'nothing';
    return verdict([
      difference('how the session broke off', 'machine-ended', codeOf(course)),
      ['killed', 'failed', 'unknown'].includes(reason)
        ? undefined
        : `The VMM says that the machine ended by ${reason}.`,
    ]);
  } finally {
    await trial.remove();
  }
}
