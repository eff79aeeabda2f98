// The life of one QEMU process: started, watched, stopped, and nothing left behind.
import { setTimeout } from 'node:timers/promises';
import type { MachineExit, RunningMachine } from './adapter.ts';
import type { DiskFile } from './disk-files.ts';
import { fullMessage } from './host-files.ts';
import { exitOf } from './qemu-exit.ts';
import { startFailure } from './qemu-start-failure.ts';
import { openQmp, type Qmp, type QmpEvent } from './qmp.ts';
import { serialOf } from './serial-stream.ts';
import type { ControlPath, ControlWire, RecordedProgram, VmmHost } from './vmm-host.ts';

export interface QemuStart {
  readonly host: Pick<VmmHost, 'name' | 'openControl' | 'startRecorded'>;
  readonly machineId: string;
  /** What to start there; names `control.path`. */
  readonly command: readonly string[];
  readonly control: ControlPath;
  readonly disks: readonly DiskFile[];
}

/** How long a loaded host may need from the start of the process to QEMU's first word. */
const greetingMs = 30_000;

/** Resolves when the machine runs and its control wire is open. @throws AdapterError */
export async function startQemu(start: QemuStart, signal: AbortSignal, answerMs = greetingMs): Promise<RunningMachine> {
  const { host, command, control, machineId } = start;
  signal.throwIfAborted();
  const wire = await host.openControl(control);
  let program: RecordedProgram;
  try {
    program = await host.startRecorded(machineId, command, control.path, signal);
  } catch (error) {
    await wire.close();
    throw error;
  }
  const watched = watch(start, program, wire, signal);
  const answer = await firstAnswer(watched, answerMs);
  if (answer === 'ready' && !signal.aborted) {
    return { serial: serialOf(program), exited: watched.exited, stop: watched.stop };
  }
  await watched.stop();
  program.stdout.destroy();
  signal.throwIfAborted();
  throw startFailure(command, answer === 'silent' ? undefined : await program.exited);
}

interface Watched {
  /** Resolves when the control wire is open; never when QEMU ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<MachineExit>;
  stop(): Promise<void>;
}

function watch(start: QemuStart, program: RecordedProgram, wire: ControlWire, signal: AbortSignal): Watched {
  let stopped = false;
  let shutdownReason: string | undefined;
  let fullDisk: string | undefined;
  let qmp: Qmp | undefined;
  const onEvent = ({ name, data }: QmpEvent) => {
    if (name === 'SHUTDOWN' && typeof data['reason'] === 'string') shutdownReason ??= data['reason'];
    // QEMU pauses the machine until somebody makes room; nobody would.
    if (name !== 'BLOCK_IO_ERROR' || data['nospace'] !== true) return;
    const file = fileOf(start.disks, data['node-name']);
    fullDisk ??= fullMessage(file, start.host.name);
    program.kill();
  };
  const ready = wire.connection.then(async (socket) => {
    qmp = openQmp(socket, onEvent);
    await qmp.execute('qmp_capabilities');
  });
  // When it ends before that, `exited` tells.
  const settled = new Promise<void>((resolve) => ready.then(resolve, () => undefined));
  const exited = program.exited.then(async (exit) => {
    await wire.finish?.();
    await qmp?.closed;
    await wire.close();
    await program.forget();
    return exitOf({ program: exit, stopped: stopped || signal.aborted, shutdownReason, fullDisk });
  });
  const stop = async () => {
    stopped = true;
    await quit(qmp, exited);
    program.kill();
    await exited;
  };
  return { ready: settled, exited, stop };
}

async function firstAnswer({ ready, exited }: Watched, answerMs: number): Promise<'ready' | 'ended' | 'silent'> {
  const clock = new AbortController();
  try {
    return await Promise.race([
      ready.then(() => 'ready' as const),
      exited.then(() => 'ended' as const),
      setTimeout(answerMs, 'silent' as const, { signal: clock.signal }),
    ]);
  } finally {
    clock.abort();
  }
}

/**
 * By command, not by SIGKILL: the tables of a qcow2 disk lie in QEMU's memory until a guest flushes, and a guest that wrote a
 * device to its end and called sync(2) has not (measured: SIGKILL lost all of it). Raw disks would not need it.
 */
async function quit(qmp: Qmp | undefined, exited: Promise<MachineExit>): Promise<void> {
  const clock = new AbortController();
  // Refused only by a QEMU that has ended.
  qmp?.execute('quit').catch(() => undefined);
  await Promise.race([exited, setTimeout(qmp === undefined ? 0 : quitMs, undefined, { signal: clock.signal })]);
  clock.abort();
}

const quitMs = 1_000;

/** Block nodes are called "disk2" and "disk2-file". */
function fileOf(disks: readonly DiskFile[], node: unknown): string {
  const number = typeof node === 'string' ? /^disk(\d+)/.exec(node)?.[1] : undefined;
  return disks[Number(number) - 1]?.path ?? 'A disk';
}
