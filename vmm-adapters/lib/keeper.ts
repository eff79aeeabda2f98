// Our end of the script that keeps house on another machine: starts it, tells it that we are there, ends it.
import { AdapterError } from './adapter-error.ts';
import { beatMs, keeperScript } from './keeper-script.ts';
import { posix } from './posix-shell.ts';
import type { SshChannel, SshConnection } from './ssh-connection.ts';

export interface Keeper {
  readonly workFolder: string;
  readonly inputsFolder: string;
  /** What must be the same for something that was measured there to count. */
  readonly run: string;
  /** `kept`: the work folder stays. Resolves when everything else is gone. */
  end(kept: boolean): Promise<void>;
}

const answerMs = 30_000;
const endMs = 15_000;

/** `word`: one that nobody else has. @throws AdapterError `host-refused`, `host-lost` */
export async function startKeeper(connection: SshConnection, word: string): Promise<Keeper> {
  const channel = await connection.exec(posix`exec sh -c ${keeperScript} vmb-keeper ${word}`);
  const [workFolder, inputsFolder, run] = await firstWords(channel, connection.name);
  const beats = setInterval(() => channel.stdin.write('here\n'), beatMs);
  beats.unref();
  void channel.exited.then(() => clearInterval(beats));
  return {
    workFolder,
    inputsFolder,
    run,
    async end(kept) {
      clearInterval(beats);
      channel.stdin.end(kept ? 'keep\n' : '');
      await within(endMs, channel.exited);
    },
  };
}

async function firstWords(channel: SshChannel, host: string): Promise<readonly [string, string, string]> {
  let said = '';
  let complained = '';
  channel.stderr.on('data', (bytes: Buffer) => {
    complained = (complained + bytes.toString()).slice(-1_000);
  });
  const answer = new Promise<readonly [string, string, string] | undefined>((resolve) => {
    channel.stdout.on('data', (bytes: Buffer) => {
      said = (said + bytes.toString()).slice(-10_000);
      // What a login script says comes before it.
      const words = /(?:^|\n)vmb-keeper 1\n(\/[^\n]*)\n(\/[^\n]*)\n([^\n]*)\n/.exec(said);
      if (words !== null) resolve([words[1] ?? '', words[2] ?? '', words[3] ?? '']);
    });
  });
  const ended = channel.exited.then((exit) => {
    if (exit.lost !== undefined) throw exit.lost;
  });
  const words = await within(answerMs, Promise.race([answer, ended]));
  if (words?.every((word) => !/\p{Cc}/u.test(word)) === true) return words;
  channel.close();
  const detail = `${said}${complained}`
    .replace(/[^\x20-\x7e\n]/g, '?')
    .trim()
    .slice(-500);
  throw new AdapterError(
    'host-refused',
    `${host}: vmb could not make its folder there (vmb-remote below ~/.cache), with a POSIX shell as the user's own.${detail === '' ? '' : ` It said:\n${detail}`}`,
  );
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    clock = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(clock);
  }
}
