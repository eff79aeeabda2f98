// What is printed, and what the process exits with, when something was thrown.
import { BorderError } from '../../build-vm/border/border-error.ts';
import { BuildVmError } from '../../build-vm/make/build-vm-error.ts';
import { AdapterError } from '../../vmm-adapters/lib/adapter-error.ts';
import { exitCodes, RunnerError } from '../runner-error.ts';
import { interruptionOf, signalExitCodes } from './interruption.ts';

export interface Failure {
  /** Stable, for programs. */
  readonly code: string;
  readonly text: string;
  readonly exitCode: number;
}

/** `signal`: once it is aborted, whatever goes wrong is a consequence of that. */
export function failureOf(error: unknown, signal: AbortSignal): Failure {
  const interruption = interruptionOf(signal);
  if (interruption !== undefined) {
    const text = `Interrupted by ${interruption}; nothing is left running.`;
    return { code: 'interrupted', text, exitCode: signalExitCodes[interruption] };
  }
  if (error instanceof RunnerError) return { code: error.code, text: error.message, exitCode: exitCodes[error.code] };
  if (error instanceof AdapterError || error instanceof BuildVmError || error instanceof BorderError) {
    const exitCode = error.code in otherExitCodes ? otherExitCodes[error.code] : undefined;
    return { code: error.code, text: error.message, exitCode: exitCode ?? exitCodes.host };
  }
  const refusal = hostRefusal(error);
  if (refusal !== undefined) return { code: 'host', text: refusal, exitCode: exitCodes.host };
  return { code: 'internal', text: internalError(error), exitCode: 70 };
}

/** Errors of the other folders that are more than "it failed". */
const otherExitCodes: Readonly<Record<string, number>> = {
  'program-missing': exitCodes['no-vmm'],
  'adapter-unusable': exitCodes['no-vmm'],
  'host-unsuited': exitCodes['no-build-vm'],
  'not-reproducible': exitCodes['comparison-failed'],
};

const refusals: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'no room is left on the disk; free some (`vmb clean` tells what vmb takes)'],
  ['EDQUOT', 'your quota is used up; free some room (`vmb clean` tells what vmb takes)'],
  ['EACCES', 'you may not do this; give yourself the right, or choose another place'],
  ['EPERM', 'you may not do this; give yourself the right, or choose another place'],
  ['EROFS', 'this place can only be read; choose another one'],
  ['ENOENT', 'there is no such file or folder; correct the name'],
  ['ENOTDIR', 'a part of this path is no folder; correct the name'],
  ['EISDIR', 'this is a folder; name a file'],
  ['EEXIST', 'something of that name is there already; remove it, or choose another name'],
  ['ENOTEMPTY', 'this folder is not empty; empty it, or choose another name'],
  ['ELOOP', 'its links lead in a circle; correct them, or name another path'],
  ['ENAMETOOLONG', 'this name is too long for the filesystem; shorten it'],
  ['EBUSY', 'something else uses it; try again later'],
  ['ETXTBSY', 'it is a program that runs; end it first'],
  ['EFBIG', 'the file would be larger than the filesystem or `ulimit -f` allows; choose another place'],
  ['ENXIO', 'this is a device or a pipe that nobody serves; name a file'],
  ['EMFILE', 'too many files are open; raise the limit (`ulimit -n`)'],
  ['ENFILE', 'too many files are open on this machine; close some'],
]);

/** What the system refused, which is no bug of vmb: a full disk, a missing right, a wrong name. */
function hostRefusal(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  const code = String(error.code);
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  const known = refusals.get(code);
  if (known !== undefined) return `${path ?? String(error.syscall)}: ${known}.`;
  // Whatever else the system says of a path is no bug either.
  return path === undefined
    ? undefined
    : `${path}: the system refuses ${String(error.syscall)} (${code}); choose another place.`;
}

function internalError(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    'Internal error: this is a bug in vmb, not in your build file.',
    'Please report it to whom you have vmb from, with the command line and these lines:',
    stack.replace(/^Error: Internal error: /, 'Error: '),
  ].join('\n');
}
