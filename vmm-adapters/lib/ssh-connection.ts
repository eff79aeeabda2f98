// A connection to another machine: the only file that knows ssh2. What goes wrong is told with the machine's name.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Readable, Writable } from 'node:stream';
import ssh2, { type AnyAuthMethod, type Client, type ClientChannel } from 'ssh2';
import { AdapterError } from './adapter-error.ts';
import type { RemoteFiles } from './remote-files.ts';
import type { HostAddress } from './ssh-address.ts';
import { connectionFailure, hostKeyFailure, lostMessage } from './ssh-failures.ts';
import { type Sftp, sftpFiles } from './ssh-files.ts';
import { judgeHostKey, knownKeyTypes } from './ssh-known-hosts.ts';
import { readSshSettings, type SshSettings } from './ssh-settings.ts';

export interface ChannelExit {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Set when the machine was gone before the program's end was known. */
  readonly lost: AdapterError | undefined;
}

export interface SshChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ChannelExit>;
  /** Asks the machine to send the program a signal: "TERM", "KILL". Not every machine does. */
  signal(name: string): void;
  close(): void;
}

export interface SshConnection {
  /** "joe@build1", with the port when it is not ssh's own. */
  readonly name: string;
  /** Resolves when the machine is gone without our doing; pending for ever otherwise. */
  readonly lost: Promise<AdapterError>;
  /** Gives a line to the user's shell there as it is: made by a quoting template, or of characters that no shell knows. */
  exec(line: string): Promise<SshChannel>;
  files(): Promise<RemoteFiles>;
  close(): Promise<void>;
}

/**
 * When a connection ends, ssh2 1.17 frees its compressor and then still closes channels through it, which ends the whole program
 * ("Invalid Zlib instance"). It does no harm to leave the compressor to the garbage collector.
 */
const { ZlibPacketWriter: compressor }: { ZlibPacketWriter?: unknown } = createRequire(import.meta.url)(
  'ssh2/lib/protocol/zlib.js',
);
if (typeof compressor === 'function') Reflect.set(compressor.prototype, 'cleanup', () => undefined);

const keepaliveMs = 5_000;
const mostUnanswered = 4;
const greetingMs = 30_000;

/** @throws AdapterError `host-unreachable`, `host-key`, `host-login` */
export async function connectSsh(
  address: HostAddress,
  signal: AbortSignal,
  settings?: SshSettings,
): Promise<SshConnection> {
  const known = settings ?? (await readSshSettings(address));
  const name = nameOf(known);
  const client = new ssh2.Client();
  let refused: AdapterError | undefined;
  const { methods, locked } = await authMethods(known);
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = () => fail(signal.reason);
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', abort);
      client.destroy();
      reject(error);
    };
    signal.addEventListener('abort', abort);
    client.on('error', (error: Error & { level?: string }) => {
      // An agent that is not there, or that refuses a key, is one method that failed; others follow.
      if (error.level !== 'agent') fail(refused ?? connectionFailure(error, known, name, locked));
    });
    client.once('close', () => fail(connectionFailure(new Error('it hung up'), known, name, locked)));
    client.once('ready', () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    client.connect({
      host: known.host,
      port: known.port,
      username: known.user,
      readyTimeout: greetingMs,
      keepaliveInterval: keepaliveMs,
      keepaliveCountMax: mostUnanswered,
      algorithms: {
        serverHostKey: preferredAlgorithms(knownKeyTypes(known.knownHosts, known.knownName)),
        compress: ['zlib@openssh.com', 'zlib', 'none'],
      },
      hostVerifier: (key: Buffer) => {
        const verdict = judgeHostKey(known.knownHosts, known.knownName, key);
        if (verdict.kind !== 'known') refused = hostKeyFailure(verdict, key, known, name);
        return verdict.kind === 'known';
      },
      authHandler: methods,
    });
  });
  return connectionOf(client, name);
}

function nameOf({ user, host, port }: SshSettings): string {
  return `${user}@${host}${port === 22 ? '' : `:${port}`}`;
}

/** Asks for the keys that we know first; a server has several. */
function preferredAlgorithms(types: readonly string[]): ssh2.ServerHostKeyAlgorithm[] {
  const all = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ] as const satisfies readonly ssh2.ServerHostKeyAlgorithm[];
  const isKnown = (name: string) => types.includes(name.startsWith('rsa-') ? 'ssh-rsa' : name);
  return [...all.filter(isKnown), ...all.filter((name) => !isKnown(name))];
}

/** `locked`: identity files that need a passphrase, or that cannot be read. */
async function authMethods(
  settings: SshSettings,
): Promise<{ readonly methods: AnyAuthMethod[]; readonly locked: string[] }> {
  const username = settings.user;
  const methods: AnyAuthMethod[] = [];
  const locked: string[] = [];
  if (settings.agent !== undefined) methods.push({ type: 'agent', username, agent: settings.agent });
  for (const path of settings.identityFiles) {
    const key = ssh2.utils.parseKey(await readFile(path).catch(() => ''));
    if (key instanceof Error) locked.push(path);
    else methods.push({ type: 'publickey', username, key });
  }
  // A server may let somebody in without anything; and it is never an error to have no key yet.
  return { methods: [...methods, { type: 'none', username }], locked };
}

function connectionOf(client: Client, name: string): SshConnection {
  let closing = false;
  let reason = 'it hung up';
  let sftp: Promise<RemoteFiles> | undefined;
  let lostError: AdapterError | undefined;
  client.removeAllListeners('error');
  client.removeAllListeners('close');
  client.on('error', (error: Error) => {
    reason = error.message;
  });
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const lost = closed.then(() => {
    if (closing) return new Promise<never>(() => undefined);
    lostError = new AdapterError('host-lost', lostMessage(name, reason));
    return lostError;
  });
  const failure = (error: Error) =>
    lostError ??
    new AdapterError('host-refused', `${name}: the machine refuses commands or sftp: ${error.message}.`, {
      cause: error,
    });
  /** A lost connection's own end, which says more, comes a moment later. */
  const refuse = (reject: (error: AdapterError) => void, error: Error) => {
    setImmediate(() => reject(failure(error)));
  };
  /** ssh2 throws at once when it is not connected any more. */
  const attempt = (ask: () => void, reject: (error: AdapterError) => void) => {
    try {
      ask();
    } catch (error) {
      refuse(reject, error instanceof Error ? error : new Error(String(error)));
    }
  };
  return {
    name,
    lost,
    exec: (line) =>
      new Promise((resolve, reject) => {
        const done = (error: Error | undefined, channel: ClientChannel) =>
          error ? refuse(reject, error) : resolve(channelOf(channel, lost));
        attempt(() => client.exec(line, done), reject);
      }),
    files: () => {
      sftp ??= new Promise<Sftp>((resolve, reject) => {
        attempt(() => client.sftp((error, wrapper) => (error ? refuse(reject, error) : resolve(wrapper))), reject);
      }).then((wrapper) => sftpFiles(wrapper, name, lost));
      return sftp;
    },
    async close() {
      closing = true;
      client.end();
      await closed;
    },
  };
}

function channelOf(channel: ClientChannel, lost: Promise<AdapterError>): SshChannel {
  const told = new Promise<ChannelExit>((resolve) => {
    channel.once('exit', (code: number | null, signal?: string) =>
      resolve({ ...unknownExit, exitCode: code ?? undefined, signal: signal ?? undefined }),
    );
  });
  // Without a word of how the program ended; when the whole connection ended, its own end comes a moment later.
  const closed = new Promise<ChannelExit>((resolve) => {
    channel.once('close', () => setTimeout(() => resolve(unknownExit), lastWordsMs));
  });
  const gone = lost.then((error): ChannelExit => ({ ...unknownExit, lost: error }));
  // Writing to a program that has ended is no error.
  channel.on('error', () => undefined);
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    exited: Promise.race([told, gone, closed]),
    signal: (name) => channel.signal(name),
    close: () => channel.close(),
  };
}

const unknownExit: ChannelExit = { exitCode: undefined, signal: undefined, lost: undefined };
const lastWordsMs = 500;
