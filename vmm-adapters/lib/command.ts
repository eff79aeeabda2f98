// Runs programs on a machine, by argument list and never through a shell: the only file that knows execa.
import { execa } from 'execa';
import { AdapterError } from './adapter-error.ts';

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

/** Something that runs programs: this machine, or another one over ssh. */
export interface CommandRunner {
  /**
   * Runs `file` with `args` and waits for its end.
   * @throws AdapterError `program-missing` when there is no such program, `program-failed` for an exit code outside `okExitCodes`.
   */
  run(file: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

const outputLimitBytes = 64 * 1024 * 1024;

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
    if (result.code === 'ENOENT' || result.code === 'EACCES') {
      throw new AdapterError('program-missing', `${file}: this program is not installed here, or may not be run.`, {
        cause: result.cause,
      });
    }
    const exitCode = result.exitCode ?? 128;
    if (!(options.okExitCodes ?? [0]).includes(exitCode)) {
      throw new AdapterError('program-failed', failureMessage(file, args, exitCode, result.stderr || result.stdout), {
        cause: result.cause,
      });
    }
    return { exitCode, stdout: result.stdout, stderr: result.stderr };
  },
};

function failureMessage(file: string, args: readonly string[], exitCode: number, output: string): string {
  const lastLines = output.trimEnd().split('\n').slice(-20).join('\n');
  return `${[file, ...args].join(' ')}: ended with exit code ${exitCode}.\n${lastLines}`.trimEnd();
}
