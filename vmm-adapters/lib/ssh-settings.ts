// Finds out how to reach and greet another machine, as the user's ssh would: configuration, keys, agent, known hosts.
import { access, readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { AdapterError } from './adapter-error.ts';
import { localCommands } from './command.ts';
import type { HostAddress } from './ssh-address.ts';
import { type KnownHostsFile, knownHostName } from './ssh-known-hosts.ts';

export interface SshSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** As known_hosts writes it. */
  readonly knownName: string;
  readonly knownHosts: readonly KnownHostsFile[];
  /** Private keys that are there, in the order in which they are tried. */
  readonly identityFiles: readonly string[];
  /** Path of the agent's socket. */
  readonly agent: string | undefined;
}

export async function readSshSettings(
  address: HostAddress,
  { home = homedir(), agent = process.env['SSH_AUTH_SOCK'] } = {},
): Promise<SshSettings> {
  const config = await askSsh(address, home);
  const say = (key: string) => config.find(([name]) => name === key)?.[1];
  for (const key of ['proxyjump', 'proxycommand']) {
    const value = say(key);
    if (value !== undefined && value !== 'none') throw viaProxy(address, key);
  }
  const host = say('hostname') ?? address.host;
  const port = address.port ?? Number(say('port') ?? 22);
  const identities = config.flatMap(([name, value]) => (name === 'identityfile' ? [value] : []));
  const candidates = identities.length > 0 ? identities : defaultIdentities;
  return {
    host,
    port,
    user: address.user ?? say('user') ?? userInfo().username,
    knownName: knownHostName(say('hostkeyalias') ?? host, say('hostkeyalias') === undefined ? port : 22),
    knownHosts: await readable([
      ...['known_hosts', 'known_hosts2'].map((name) => join(home, '.ssh', name)),
      ...['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    ]),
    identityFiles: await existing(candidates.map((path) => path.replace(/^~(?=\/)/, home))),
    agent: agent === '' ? undefined : agent,
  };
}

const defaultIdentities = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];

/** ssh itself reads its configuration (`ssh -G`); without it names and ports are as they were typed. */
async function askSsh(address: HostAddress, home: string): Promise<readonly (readonly [string, string])[]> {
  const own = join(home, '.ssh', 'config');
  // ssh looks into the home folder of the password file, whatever HOME says.
  const file = home === userInfo().homedir ? [] : ['-F', (await existing([own]))[0] ?? 'none'];
  const port = address.port === undefined ? [] : ['-p', String(address.port)];
  const user = address.user === undefined ? [] : ['-l', address.user];
  try {
    const { stdout } = await localCommands.run('ssh', ['-G', ...file, ...port, ...user, '--', address.host]);
    return stdout.split('\n').map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)] as const);
  } catch (error) {
    if (error instanceof AdapterError && error.code === 'program-missing') return [];
    throw error;
  }
}

function viaProxy({ text }: HostAddress, key: string): AdapterError {
  const name = key === 'proxyjump' ? 'ProxyJump' : 'ProxyCommand';
  return new AdapterError(
    'host-unreachable',
    `${text}: your ssh configuration goes there by ${name}, which vmb does not follow. Forward a port (ssh -L 2222:MACHINE:22 JUMP-HOST) and take --host ssh://USER@localhost:2222.`,
  );
}

async function readable(paths: readonly string[]): Promise<KnownHostsFile[]> {
  const files = await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(path, 'utf8').catch(() => '') })),
  );
  return files.filter(({ text }) => text !== '');
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.allSettled(paths.map((path) => access(path)));
  return paths.filter((_, index) => found[index]?.status === 'fulfilled');
}
