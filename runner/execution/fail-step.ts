// Ends a build at a step that failed: keeps what helps to find out why, and says where it is.
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { StepOutcome } from '../../build-vm/border/session.ts';
import type { Machine } from '../../vmm-adapters/lib/adapter.ts';
import type { Step } from '../plan/plan.ts';
import { shellWords } from '../report/shell-words.ts';
import { RunnerError } from '../runner-error.ts';
import type { BuildRun } from './build-run.ts';
import { outcomeMessage } from './outcome-message.ts';

export interface FailedStep {
  readonly step: Step;
  /** How it ended by the guest's word, or the error that ended the session, or the host action, in its middle. */
  readonly cause: StepOutcome | Error;
  readonly durationMs: number;
  readonly lastLines: readonly string[];
  /** What it ran in; undefined for a host action. */
  readonly machine: { readonly machine: Machine; readonly consoleLogPath: string } | undefined;
}

/** The error to throw; tells the event, and keeps the console's log beyond the work folder. */
export async function failStep(run: BuildRun, failed: FailedStep): Promise<RunnerError> {
  const { step, cause, machine } = failed;
  const { repository, buildFile } = run.plan;
  const timeoutMs = step.kind === 'guest' ? step.timeoutMs : 0;
  const message = cause instanceof Error ? cause.message : outcomeMessage(cause, timeoutMs);
  const place = `${step.position.file}:${step.position.line}:${step.position.column}`;
  const consoleLog =
    machine &&
    keepLog(machine.consoleLogPath, join(logsFolder(run.context.folders.state, repository), `${buildFile.name}.log`));
  run.context.emit({
    type: 'step-failed',
    step: step.number,
    title: step.title,
    place,
    durationMs: failed.durationMs,
    message,
    lastLines: failed.lastLines,
    consoleLog,
    lookCloser: await lookCloser(run, step, machine?.machine),
  });
  const told = `${place}: step ${step.number} (${step.title}) failed: ${message}`;
  return new RunnerError('step-failed', told, cause instanceof Error ? { cause } : {});
}

/** Where the console logs of failed builds are kept. */
export function logsFolder(stateFolder: string, repository: string): string {
  return join(stateFolder, 'logs', repository);
}

function keepLog(from: string, to: string): string {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  return to;
}

async function lookCloser(run: BuildRun, step: Step, machine: Machine | undefined): Promise<string[]> {
  const { repository, buildFile } = run.plan;
  if (machine === undefined) return [];
  if (!run.options.keep) {
    const { name, version, arch } = buildFile;
    const { label, definition, host } = run.vmm.choice;
    const which = ['--repo', repository, '--name', name, '--version', version, '--arch', arch];
    const where = [...(label === definition.name ? [] : ['--vmm', label]), ...(host ? ['--host', host.text] : [])];
    return [shellWords(['vmb', 'build', ...which, ...where, '--keep'])];
  }
  await run.work.keep();
  const isTarget = step.kind === 'guest' && step.target !== undefined;
  return [shellWords(run.adapter.command(isTarget ? machine : withShell(machine)))];
}

/** The same machine, whose build-VM starts a shell on the console instead of the agent; firmware passes no command line on. */
function withShell(machine: Machine): Machine {
  if (machine.boot.kind === 'firmware') return machine;
  return { ...machine, boot: { ...machine.boot, commandLine: 'vmb.shell' } };
}
