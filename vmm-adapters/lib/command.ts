// Runs programs on a machine, by argument list and never through a shell: the only file that knows execa.
import { closeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { AdapterError } from './adapter-error.ts';
import { type Fifo, openFifo } from './fifo.ts';

export interface CommandOptions {
  /** Folder to run in; the caller's by default. */
  cwd?: string;
  /** The whole environment of the program: nothing of the caller's is added. Without it the caller's is passed on. */
  env?: Readonly<Record<string, string>>;
  /** Bytes for standard input; otherwise it is empty. */
  input?: string | Uint8Array;
  /** Ends the program when aborted: SIGTERM, and SIGKILL 5 s later. */
  signal?: AbortSignal;
  /** Exit codes that are results rather than failures; `[0]` by default. */
  okExitCodes?: readonly number[];
  /** Called with each whole line of standard output and standard error as it comes. */
  onLine?: (line: string) => void;
}

export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** How a started program ended: with an exit code, or by a signal. */
export interface ProgramExit {
  readonly exitCode: number | undefined;
  /** "SIGKILL" */
  readonly signal: string | undefined;
  /** Set when the machine that it ran on is gone, and nobody knows how it ended: a whole sentence. */
  readonly lost?: string;
  /** The end of what it wrote to standard error, at most 64 KiB. */
  readonly stderr: string;
}

/** A program that goes on while its caller does other things. */
export interface RunningProgram {
  readonly pid: number;
  readonly stdin: Writable;
  /** Keeps what the program writes until somebody reads; nothing is lost before that, or by the program's end. */
  readonly stdout: Readable;
  /** Never rejects. */
  readonly exited: Promise<ProgramExit>;
  /** SIGKILL. Nothing happens when it has ended. */
  kill(): void;
}

export interface StartOptions {
  readonly signal?: AbortSignal;
}

/** Something that runs programs: this machine, or another one over ssh. */
export interface CommandRunner {
  /**
   * Runs `file` with `args` and waits for its end.
   * @throws AdapterError `program-missing` when there is no such program, `program-failed` for an exit code outside `okExitCodes`.
   */
  run(file: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /**
   * Starts `file` with `args`. It is killed when the signal is aborted, and when this process ends in an orderly way.
   * @throws AdapterError `program-missing`
   */
  start(file: string, args: readonly string[], options?: StartOptions): Promise<RunningProgram>;
}

const outputLimitBytes = 64 * 1024 * 1024;
const keptErrorBytes = 64 * 1024;
const orphanMs = 500;

/** Runs programs on this machine. */
export const localCommands: CommandRunner = {
  async run(file, args, options = {}) {
    const child = execa(file, [...args], {
      reject: false,
      all: options.onLine !== undefined,
      stdin: options.input === undefined ? 'ignore' : 'pipe',
      maxBuffer: outputLimitBytes,
      forceKillAfterDelay: 5_000,
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env, extendEnv: false }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    });
    if (options.onLine !== undefined) {
      for await (const line of child.iterable({ from: 'all' })) options.onLine(line);
    }
    const result = await child;
    options.signal?.throwIfAborted();
    if (isMissing(result.code)) throw missing(file, result.cause);
    const exitCode = result.exitCode ?? 128;
    if (!(options.okExitCodes ?? [0]).includes(exitCode)) {
      throw new AdapterError('program-failed', failureMessage(file, args, exitCode, result.stderr || result.stdout), {
        cause: result.cause,
      });
    }
    return { exitCode, stdout: result.stdout, stderr: result.stderr };
  },

  async start(file, args, options = {}) {
    options.signal?.throwIfAborted();
    const pipe = await openFifo((path) => localCommands.run('mkfifo', ['-m', '600', path]));
    try {
      return await startWith(pipe, file, args, options);
    } catch (error) {
      pipe.reader.destroy();
      throw error;
    } finally {
      closeSync(pipe.writer);
    }
  },
};

async function startWith(
  pipe: Fifo,
  file: string,
  args: readonly string[],
  { signal }: StartOptions,
): Promise<RunningProgram> {
  const child = execa(file, [...args], {
    reject: false,
    buffer: false,
    stdin: 'pipe',
    // Any descriptor, says execa's documentation; its types stop at 9.
    stdout: pipe.writer as 3,
    killSignal: 'SIGKILL',
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  if (child.pid === undefined) {
    const { code, cause, shortMessage } = await child;
    if (isMissing(code)) throw missing(file, cause);
    throw new AdapterError('program-failed', `${file}: could not be started. ${shortMessage ?? ''}`.trimEnd(), {
      cause,
    });
  }
  const complaints = keepEnd(child.stderr);
  // Not execa's own promise: that waits for whoever still holds standard error.
  const ended = new Promise<Omit<ProgramExit, 'stderr'>>((resolve) => {
    child.once('exit', (code, by) => resolve({ exitCode: code ?? undefined, signal: by ?? undefined }));
  });
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: pipe.reader,
    exited: ended.then(async (exit) => ({ ...exit, stderr: await complaints.atEnd() })),
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}

/** Keeps the end of what a stream says. */
function keepEnd(stream: Readable): { atEnd(): Promise<string> } {
  let kept = Buffer.alloc(0);
  stream.on('data', (bytes: Buffer) => {
    kept = Buffer.from(Buffer.concat([kept, bytes]).subarray(-keptErrorBytes));
  });
  const closed = new Promise<void>((resolve) => {
    stream.once('close', resolve);
    stream.once('error', () => resolve());
  });
  return {
    async atEnd() {
      // A child of the program may hold it open for ever.
      await Promise.race([closed, setTimeout(orphanMs, undefined, { ref: false })]);
      return kept.toString();
    },
  };
}

function isMissing(code: string | undefined): boolean {
  return code === 'ENOENT' || code === 'EACCES';
}

function missing(file: string, cause: unknown): AdapterError {
  return new AdapterError('program-missing', `${file}: this program is not installed here, or may not be run.`, {
    cause,
  });
}

function failureMessage(file: string, args: readonly string[], exitCode: number, output: string): string {
  const lastLines = output.trimEnd().split('\n').slice(-20).join('\n');
  return `${[file, ...args].join(' ')}: ended with exit code ${exitCode}.\n${lastLines}`.trimEnd();
}
