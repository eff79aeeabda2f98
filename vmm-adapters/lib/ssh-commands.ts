// Runs programs on another machine with a POSIX shell, over ssh.
import type { Readable } from 'node:stream';
import { AdapterError } from './adapter-error.ts';
import type {
  CommandOptions,
  CommandResult,
  CommandRunner,
  ProgramExit,
  RunningProgram,
  StartOptions,
} from './command.ts';
import { posix } from './posix-shell.ts';
import type { SshChannel, SshConnection } from './ssh-connection.ts';

export interface SshCommands extends CommandRunner {
  /** As `start`; the program's number is in the file at `record` before the program runs. */
  startRecorded(file: string, args: readonly string[], record: string, options?: StartOptions): Promise<RunningProgram>;
}

export function sshCommands(connection: SshConnection): SshCommands {
  return {
    run: (file, args, options = {}) => runThere(connection, file, args, options),
    start: (file, args, { signal } = {}) =>
      startThere(connection, file, posix`exec sh -c ${starting} vmb '' ${[file, ...args]}`, signal),
    startRecorded: (file, args, record, { signal } = {}) =>
      startThere(connection, file, posix`exec sh -c ${starting} vmb ${[record, file, ...args]}`, signal),
  };
}

/** A missing program is known before anything else; the first line that it says is the program's number. */
const starting = `record=$1; shift; command -v "$1" >/dev/null || exit 127
[ -z "$record" ] || printf '%s\\n' "$$" >"$record" || exit 125
printf '%s\\n' "$$" >&2; exec "$@"`;

const outputLimitBytes = 64 * 1024 * 1024;
const keptErrorBytes = 64 * 1024;
const orphanMs = 500;

async function runThere(
  connection: SshConnection,
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const channel = await connection.exec(lineOf(file, args, options));
  const { aborted, forget } = abortOf(options.signal);
  try {
    channel.stdin.end(options.input);
    const output = gather(channel, connection.name, file, options.onLine);
    output.catch(() => undefined);
    const exit = await Promise.race([channel.exited, aborted]);
    if (exit.lost !== undefined) throw exit.lost;
    const { stdout, stderr } = await Promise.race([output, aborted]);
    const exitCode = exit.exitCode ?? 128;
    if ((options.okExitCodes ?? [0]).includes(exitCode)) return { exitCode, stdout, stderr };
    if (exitCode === 126 || exitCode === 127) throw missing(connection.name, file);
    throw failed(connection.name, [file, ...args], exitCode, stderr || stdout);
  } catch (error) {
    // Not every machine passes signals on. A closed channel ends what reads or writes; all that we run here comes to its end anyhow.
    channel.signal('TERM');
    channel.close();
    throw error;
  } finally {
    forget();
  }
}

/** A promise that rejects when the signal is aborted, until it is forgotten. */
function abortOf(signal: AbortSignal | undefined): { readonly aborted: Promise<never>; forget(): void } {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  aborted.catch(() => undefined);
  signal?.addEventListener('abort', abort);
  return { aborted, forget: () => signal?.removeEventListener('abort', abort) };
}

function lineOf(file: string, args: readonly string[], { cwd, env }: CommandOptions): string {
  const place = cwd === undefined ? '' : posix`cd ${cwd} && `;
  const variables = env && ['env', '-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  return place + posix`exec ${[...(variables ?? []), file, ...args]}`;
}

async function gather(
  { stdout, stderr }: SshChannel,
  host: string,
  file: string,
  onLine: CommandOptions['onLine'],
): Promise<{ stdout: string; stderr: string }> {
  const all = async (stream: Readable): Promise<string> => {
    const chunks: Buffer[] = [];
    let size = 0;
    const lines = lineCutter(onLine);
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > outputLimitBytes) throw new AdapterError('program-failed', `${host}: ${file} says too much.`);
      chunks.push(bytes);
      lines.take(bytes);
    }
    lines.end();
    const text = Buffer.concat(chunks).toString();
    return text.endsWith('\n') ? text.slice(0, -1) : text;
  };
  const [out, error] = await Promise.all([all(stdout), all(stderr)]);
  return { stdout: out, stderr: error };
}

function lineCutter(onLine: ((line: string) => void) | undefined): { take(bytes: Buffer): void; end(): void } {
  let rest = '';
  return {
    take(bytes) {
      if (onLine === undefined) return;
      const lines = (rest + bytes.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(Buffer.from(line, 'latin1').toString());
    },
    end() {
      if (rest !== '') onLine?.(Buffer.from(rest, 'latin1').toString());
    },
  };
}

async function startThere(
  connection: SshConnection,
  file: string,
  line: string,
  signal: AbortSignal | undefined,
): Promise<RunningProgram> {
  signal?.throwIfAborted();
  const channel = await connection.exec(line);
  const complaints = keepComplaints(channel);
  const first = await Promise.race([complaints.pid, channel.exited]);
  if (typeof first !== 'number') {
    if (first.lost !== undefined) throw first.lost;
    if (first.exitCode === 127) throw missing(connection.name, file);
    throw failed(connection.name, [file], first.exitCode ?? 128, await complaints.atEnd());
  }
  const kill = () => {
    void connection
      .exec(posix`kill -KILL ${String(first)}`)
      .then((killer) => killer.stdin.end())
      .catch(() => undefined);
  };
  signal?.addEventListener('abort', kill);
  const exited = channel.exited.then(async ({ exitCode, signal: by, lost }): Promise<ProgramExit> => {
    signal?.removeEventListener('abort', kill);
    if (lost !== undefined) return { exitCode: undefined, signal: undefined, lost: lost.message, stderr: '' };
    return { exitCode, signal: by, stderr: await complaints.atEnd() };
  });
  if (signal?.aborted === true) kill();
  return { pid: first, stdin: channel.stdin, stdout: channel.stdout, exited, kill };
}

interface Complaints {
  /** Pending for ever when the program says none. */
  readonly pid: Promise<number>;
  atEnd(): Promise<string>;
}

function keepComplaints({ stderr }: SshChannel): Complaints {
  let kept = Buffer.alloc(0);
  let tell: ((pid: number) => void) | undefined;
  const pid = new Promise<number>((resolve) => {
    tell = resolve;
  });
  stderr.on('data', (bytes: Buffer) => {
    kept = Buffer.from(Buffer.concat([kept, bytes]).subarray(-keptErrorBytes));
    const number = tell && /(?:^|\n)([1-9]\d{0,9})\n/.exec(kept.toString('latin1'));
    if (!number) return;
    tell?.(Number(number[1]));
    tell = undefined;
    kept = Buffer.from(kept.subarray(number.index + number[0].length));
  });
  const closed = new Promise<void>((resolve) => {
    stderr.once('end', resolve);
    stderr.once('close', resolve);
  });
  return {
    pid,
    async atEnd() {
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, orphanMs).unref())]);
      return kept.toString();
    },
  };
}

function missing(host: string, file: string): AdapterError {
  return new AdapterError(
    'program-missing',
    `${file}: this program is not installed on ${host}, or may not be run there.`,
  );
}

function failed(host: string, words: readonly string[], exitCode: number, output: string): AdapterError {
  const lastLines = output.trimEnd().split('\n').slice(-20).join('\n');
  return new AdapterError(
    'program-failed',
    `${host}: ${words.join(' ')}: ended with exit code ${exitCode}.\n${lastLines}`.trimEnd(),
  );
}
