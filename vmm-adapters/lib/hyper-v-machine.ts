// The life of one machine on Hyper-V: made, started, watched, and removed whatever happens.
import { rm } from 'node:fs/promises';
import { type Duplex, PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { MachineExit, RunningMachine } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import { startFailure } from './hyper-v-failure.ts';
import { recordMachine, removeMachine } from './hyper-v-removal.ts';
import { askState, type MachineState, type Powershell } from './hyper-v-state.ts';
import type { PowershellScript } from './powershell.ts';

export interface HyperVStart {
  readonly powershell: Powershell;
  readonly name: string;
  /** Makes the machine and starts it. */
  readonly script: PowershellScript;
  /** This host's folder for records. */
  readonly workFolder: string;
  /** The address of Hyper-V's machine; empty for this one. */
  readonly origin: string;
  connect(name: string, signal: AbortSignal): Promise<Duplex>;
}

/** Resolves when the machine runs and its serial port is open. @throws AdapterError */
export async function startHyperV(start: HyperVStart, signal: AbortSignal): Promise<RunningMachine> {
  const { powershell, name, workFolder } = start;
  signal.throwIfAborted();
  await requireUnused(powershell, name);
  const recordPath = recordMachine(workFolder, name, start.origin);
  const remove = async () => {
    await removeMachine(powershell, name);
    await rm(recordPath, { force: true });
  };
  try {
    const answer = await powershell(start.script);
    if (!answer.ok) throw startFailure(name, answer.complaint, start.script);
    return watch(start, await serialOf(start, signal), remove, signal);
  } catch (error) {
    await remove().catch((left: unknown) => {
      throw new AdapterError('machine-start-failed', `${messageOf(error)}\n${messageOf(left)}`, { cause: error });
    });
    throw error;
  }
}

/** Its serial port; a closed one when the machine is off before anybody could connect: how it ended, the session tells. */
async function serialOf({ powershell, name, connect }: HyperVStart, signal: AbortSignal): Promise<Duplex> {
  const nothing = new PassThrough();
  const off = new AbortController();
  const connected = new AbortController();
  const watching = ended(powershell, name, nothing, connected.signal).then(() => {
    if (!connected.signal.aborted) off.abort();
  });
  try {
    return await connect(name, AbortSignal.any([signal, off.signal]));
  } catch (error) {
    if (signal.aborted || !off.signal.aborted) throw error;
    return nothing.destroy();
  } finally {
    connected.abort();
    await watching;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Hyper-V makes a second machine of the same name without a word, and a cmdlet would mean both. */
async function requireUnused(powershell: Powershell, name: string): Promise<void> {
  if ((await askState(powershell, name)).kind === 'missing') return;
  throw new AdapterError(
    'machine-start-failed',
    `${name}: Hyper-V has a virtual machine of this name already. If nobody uses it, remove it: Remove-VM -Name '${name}' -Force`,
  );
}

function watch(
  { powershell, name }: HyperVStart,
  serial: Duplex,
  remove: () => Promise<void>,
  signal: AbortSignal,
): RunningMachine {
  let stopped = false;
  let removal: Promise<void> | undefined;
  const gone = () => {
    removal ??= remove().catch((error: unknown) => {
      // The next call tries again.
      removal = undefined;
      throw error;
    });
    return removal;
  };
  const wake = new AbortController();
  const exited = ended(powershell, name, serial, wake.signal).then(async (exit): Promise<MachineExit> => {
    // Whether that works, `stop` tells.
    await gone().catch(() => undefined);
    return stopped ? { reason: 'stopped', detail: '' } : exit;
  });
  const stop = async () => {
    stopped = true;
    wake.abort();
    await gone();
    await exited;
  };
  const abort = () => {
    stop().catch(() => undefined);
  };
  signal.addEventListener('abort', abort, { once: true });
  exited.then(() => signal.removeEventListener('abort', abort));
  if (signal.aborted) abort();
  return { serial, exited, stop };
}

/** Each question is a PowerShell of its own, about a second of one processor; the pipe's end asks for the next at once. */
const pollMs = 3_000;
/** After its end the pipe says nothing more: the machine is on its way down. */
const pollAfterEndMs = 250;

/** Resolves when the machine runs no more, or `wake` is aborted. Never rejects. */
async function ended(powershell: Powershell, name: string, serial: Duplex, wake: AbortSignal): Promise<MachineExit> {
  const pipe = new AbortController();
  const pipeEnded = () => pipe.abort();
  for (const event of ['end', 'close'] as const) serial.once(event, pipeEnded);
  for (;;) {
    await pause(pipe.signal.aborted ? pollAfterEndMs : pollMs, AbortSignal.any([wake, pipe.signal]), wake);
    if (wake.aborted) return { reason: 'stopped', detail: '' };
    const exit = exitOf(name, await askState(powershell, name).catch((error: unknown) => String(error)));
    if (exit !== undefined) return exit;
  }
}

async function pause(durationMs: number, early: AbortSignal, stop: AbortSignal): Promise<void> {
  const signal = early.aborted ? stop : early;
  await setTimeout(durationMs, undefined, { signal }).catch(() => undefined);
}

/** `state` is a text when Hyper-V does not answer any more: then nobody knows. */
function exitOf(name: string, state: MachineState | string): MachineExit | undefined {
  if (typeof state === 'string') return { reason: 'unknown', detail: state };
  switch (state.kind) {
    case 'on':
      return undefined;
    case 'off':
      // The same state whether the guest powered off or its worker process died.
      return {
        reason: 'unknown',
        detail: `${name}: Hyper-V says that it is off: by itself, or because its process ended.`,
      };
    case 'missing':
      return { reason: 'killed', detail: `${name}: somebody removed this virtual machine.` };
    case 'halted':
      return {
        reason: 'failed',
        detail: `${name}: Hyper-V halted this virtual machine (state ${state.number}). It does so when the volume of its disks is full.`,
      };
  }
}
