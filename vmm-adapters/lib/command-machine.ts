// The life of a VMM that was started by a command line: its console, its end, and the room that its disks have.
import { rm, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MachineExit, RunningMachine } from './adapter.ts';
import { AdapterError } from './adapter-error.ts';
import type { CommandRunner, ProgramExit, RunningProgram } from './command.ts';
import { fullMessage } from './host-files.ts';
import { recordProcess } from './process-record.ts';
import { serialOf } from './serial-stream.ts';

export interface CommandStart {
  readonly commands: CommandRunner;
  readonly machineId: string;
  readonly command: readonly string[];
  /** Stands in the command line, and in no other process's. */
  readonly workFolder: string;
  /** Where the VMM offers the console; undefined when it is its standard input and output. */
  readonly socket: string | undefined;
}

const connectMs = 30_000;
const connectEveryMs = 50;
const lookEveryMs = 500;
// A filesystem with less than this is full for anybody who writes a disk.
const noRoomBytes = 65_536;

/** @throws AdapterError `machine-start-failed` */
export async function startCommand(start: CommandStart, signal: AbortSignal): Promise<RunningMachine> {
  const { commands, command, workFolder, machineId, socket } = start;
  const [file, ...args] = command;
  if (file === undefined) throw new Error('Internal error: an empty command line');
  const program = await commands.start(file, args, { signal });
  const record = recordProcess(workFolder, machineId, program.pid, workFolder);
  let stopped = false;
  let full: string | undefined;
  // A VMM that finds no room pauses its machine for ever, or tells only the guest: the host has to look itself.
  const looks = setInterval(async () => {
    const { bavail, bsize } = await statfs(workFolder).catch(() => ({ bavail: 1, bsize: noRoomBytes }));
    if (bavail * bsize >= noRoomBytes) return;
    full ??= fullMessage(workFolder);
    program.kill();
  }, lookEveryMs);
  const exited = program.exited.then(async (exit) => {
    clearInterval(looks);
    await rm(record, { force: true });
    if (socket !== undefined) await rm(socket, { force: true });
    return exitOf(exit, stopped || signal.aborted, full);
  });
  const stop = async () => {
    stopped = true;
    program.kill();
    await exited;
  };
  try {
    const serial = socket === undefined ? serialOf(program) : await connectTo(socket, program, command, signal);
    return { serial, exited, stop };
  } catch (error) {
    await stop();
    signal.throwIfAborted();
    throw error;
  }
}

/** A VMM makes its socket a while after it was started. */
async function connectTo(
  path: string,
  program: RunningProgram,
  command: readonly string[],
  signal: AbortSignal,
): Promise<Duplex> {
  let ended: ProgramExit | undefined;
  void program.exited.then((exit) => {
    ended = exit;
  });
  for (let waitedMs = 0; waitedMs < connectMs && ended === undefined; waitedMs += connectEveryMs) {
    signal.throwIfAborted();
    const socket = await tryToConnect(path);
    if (socket !== undefined) return socket;
    await sleep(connectEveryMs);
  }
  const why =
    ended === undefined ? `within ${connectMs / 1000} s` : `before it ended. It said:\n${ended.stderr.trim()}`;
  const message = `The VMM did not offer its serial console at ${path} ${why}\nThe command was:\n${command.join(' ')}`;
  throw new AdapterError('machine-start-failed', message);
}

function tryToConnect(path: string): Promise<Duplex | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      // A machine that is gone: how, its exit tells.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
}

/** An exit code of 0 says that the machine ended, and not how. */
function exitOf({ exitCode, signal, stderr }: ProgramExit, stopped: boolean, full: string | undefined): MachineExit {
  const said = stderr.trim();
  if (full !== undefined) return { reason: 'failed', detail: full };
  if (stopped) return { reason: 'stopped', detail: said };
  if (signal !== undefined) return { reason: 'killed', detail: `The VMM was ended by ${signal}. ${said}`.trim() };
  if (exitCode !== 0) return { reason: 'failed', detail: `The VMM ended with exit code ${exitCode}. ${said}`.trim() };
  return { reason: 'unknown', detail: said };
}
