// Connections to a real sshd: who is let in, what is said to whom, and that commands arrive as they were.
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { sshCommands } from '../../../vmm-adapters/lib/ssh-commands.ts';
import { connectSsh, type SshConnection } from '../../../vmm-adapters/lib/ssh-connection.ts';
import { readSshSettings, type SshSettings } from '../../../vmm-adapters/lib/ssh-settings.ts';
import { freePort, makeKey, type PrivateSshd, startSshd } from './private-sshd.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let sshd: PrivateSshd;
let settings: SshSettings;
const never = new AbortController().signal;
const opened: SshConnection[] = [];

beforeAll(async () => {
  sshd = await startSshd();
  settings = await readSshSettings(sshd.address, { home: sshd.clientHome, agent: '' });
});
afterEach(async () => {
  for (const connection of opened.splice(0)) await connection.close();
});
afterAll(() => sshd.stop());

async function connect(changes: Partial<SshSettings> = {}): Promise<SshConnection> {
  const connection = await connectSsh(sshd.address, never, { ...settings, ...changes });
  opened.push(connection);
  return connection;
}

/** The message, with what differs from run to run made the same. */
async function refusal(changes: Partial<SshSettings>): Promise<string> {
  const error: unknown = await connect(changes).catch((thrown: unknown) => thrown);
  if (!(error instanceof Error)) throw new Error('nothing was refused');
  return error.message
    .replaceAll(String(sshd.port), 'PORT')
    .replaceAll(sshd.user, 'joe')
    .replaceAll(sshd.folder, '/test')
    .replace(/SHA256:[A-Za-z0-9+/]{43}/g, 'SHA256:…');
}

test('any words of a command arrive as they were', async () => {
  const commands = sshCommands(await connect());
  const word = fc
    .string({ unit: 'binary', maxLength: 30 })
    .map((text) => Buffer.from(text.replaceAll('\0', '')).toString());
  const odd = fc.constantFrom(
    '',
    ' ',
    "'",
    "'\\''",
    '$(reboot)',
    '`id`',
    '!!',
    '\n',
    '\\',
    '*',
    '~',
    '-n',
    '#',
    '\u0001',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(word, odd), { maxLength: 300 }), async (words) => {
      const { stdout } = await commands.run('printf', ['%s\\0', 'first', ...words]);
      expect(stdout.split('\0').slice(1, -1)).toEqual(words);
    }),
    { numRuns: 8 },
  );
});

test('input, output, exit codes, folders and environments', async () => {
  const commands = sshCommands(await connect());
  expect(await commands.run('cat', [], { input: 'in\n' })).toEqual({ exitCode: 0, stdout: 'in', stderr: '' });
  const lines: string[] = [];
  await commands.run('sh', ['-c', 'echo one; echo two'], { onLine: (line) => lines.push(line) });
  expect(lines).toEqual(['one', 'two']);
  expect((await commands.run('pwd', [], { cwd: '/usr/bin' })).stdout).toBe('/usr/bin');
  expect((await commands.run('/usr/bin/env', [], { env: { A: "b'c" } })).stdout).toBe("A=b'c");
  expect((await commands.run('sh', ['-c', 'exit 3'], { okExitCodes: [3] })).exitCode).toBe(3);
  await expect(commands.run('sh', ['-c', 'echo oh >&2; exit 3'])).rejects.toThrow(
    `${settings.user}@127.0.0.1:${sshd.port}: sh -c echo oh >&2; exit 3: ended with exit code 3.\noh`,
  );
  const missing = `no-such-program: this program is not installed on ${settings.user}@127.0.0.1:${sshd.port}, or may not be run there.`;
  await expect(commands.run('no-such-program', [])).rejects.toThrow(missing);
  await expect(commands.start('no-such-program', [])).rejects.toThrow(missing);
  const gone = AbortSignal.timeout(300);
  await expect(commands.run('sleep', ['60'], { signal: gone })).rejects.toThrow(
    'The operation was aborted due to timeout',
  );
});

test('a program that goes on: its pipes, its number, its end', async () => {
  const commands = sshCommands(await connect());
  const program = await commands.start('sh', ['-c', 'echo $$; cat; echo bye >&2; exit 4']);
  program.stdin.end('more');
  const said: string[] = [];
  program.stdout.on('data', (bytes: Buffer) => said.push(bytes.toString()));
  expect(await program.exited).toEqual({ exitCode: 4, signal: undefined, stderr: 'bye\n' });
  expect(said.join('')).toBe(`${program.pid}\nmore`);
  const killed = await commands.start('sleep', ['60']);
  killed.kill();
  expect(await killed.exited).toMatchObject({ exitCode: undefined, signal: 'SIGKILL' });
});

test('an unknown machine, a changed and a revoked key', async () => {
  const path = join(sshd.clientHome, '.ssh', 'known_hosts');
  const text = await readFile(path, 'utf8');
  await makeKey(join(sshd.folder, 'other'));
  const other = await readFile(join(sshd.folder, 'other.pub'), 'utf8');
  expect(await refusal({ knownHosts: [] })).toMatchInlineSnapshot(
    `"joe@127.0.0.1:PORT: this machine's key is not in known_hosts, so nobody knows whether it is the right machine. Its key is ssh-ed25519 SHA256:…. Compare that with what its owner says, then: ssh-keyscan -p PORT 127.0.0.1 >> ~/.ssh/known_hosts"`,
  );
  expect(await refusal({ knownHosts: [{ path, text: `${settings.knownName} ${other}` }] })).toMatchInlineSnapshot(
    `"joe@127.0.0.1:PORT: this machine shows another key (ssh-ed25519 SHA256:…) than the one at /test/client/.ssh/known_hosts:1: it was set up anew, or it is another machine that pretends. Ask its owner; if the new key is right: ssh-keygen -R '[127.0.0.1]:PORT', then ssh-keyscan as for a new machine."`,
  );
  expect(await refusal({ knownHosts: [{ path, text: `${text}@revoked ${text}` }] })).toMatchInlineSnapshot(
    `"joe@127.0.0.1:PORT: this machine shows a key (ssh-ed25519 SHA256:…) that /test/client/.ssh/known_hosts:2 calls revoked: somebody else may have it. Ask its owner for a new one."`,
  );
});

test('a wrong key, no key, a key with a passphrase', async () => {
  await makeKey(join(sshd.folder, 'wrong'));
  const locked = join(sshd.folder, 'locked');
  await localCommands.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret', '-f', locked]);
  expect(await refusal({ identityFiles: [join(sshd.folder, 'wrong')] })).toMatchInlineSnapshot(
    `"joe@127.0.0.1:PORT: the machine does not let the user "joe" in. Tried: /test/wrong. Correct the user's name, or put your public key there: ssh-copy-id"`,
  );
  expect(await refusal({ identityFiles: [] })).toMatchInlineSnapshot(
    `"joe@127.0.0.1:PORT: the machine does not let the user "joe" in. There is neither an ssh agent nor a key to try. Correct the user's name, or put your public key there: ssh-copy-id"`,
  );
  expect(await refusal({ identityFiles: [locked] })).toMatchInlineSnapshot(
    `"joe@127.0.0.1:PORT: the machine does not let the user "joe" in. There is neither an ssh agent nor a key to try. Not tried, for a passphrase or an unknown kind of key: /test/locked (ssh-add gives them to the agent). Correct the user's name, or put your public key there: ssh-copy-id"`,
  );
  expect(await refusal({ user: 'nobody-of-this-name' })).toMatchInlineSnapshot(
    `"nobody-of-this-name@127.0.0.1:PORT: the machine does not let the user "nobody-of-this-name" in. Tried: /test/client/.ssh/id_ed25519. Correct the user's name, or put your public key there: ssh-copy-id"`,
  );
});

test('nobody answers, no such name, something that is no sshd', async () => {
  expect((await refusal({ port: await freePort() })).replaceAll(/\d{4,5}/g, 'PORT')).toMatchInlineSnapshot(
    `"joe@127.0.0.1:PORT: nothing answers at 127.0.0.1, port PORT; start sshd there, or correct the port."`,
  );
  expect(await refusal({ host: 'no-such-machine.invalid', port: 22 })).toMatchInlineSnapshot(
    `"joe@no-such-machine.invalid: there is no machine of this name (no-such-machine.invalid, port 22); correct the name."`,
  );
});

test('an agent, and one that is not there', async () => {
  const socket = join(sshd.folder, 'agent');
  expect(await connect({ agent: '/nowhere/agent' })).toBeDefined();
  const agent = await localCommands.start('ssh-agent', ['-D', '-a', socket]);
  try {
    await once(agent.stdout, 'data');
    const key = join(sshd.clientHome, '.ssh', 'id_ed25519');
    await localCommands.run('ssh-add', ['-q', key], { env: { ...pathOnly(), SSH_AUTH_SOCK: socket } });
    expect(await connect({ identityFiles: [], agent: socket })).toBeDefined();
  } finally {
    agent.kill();
  }
});

function pathOnly(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '' };
}

test('ssh’s own configuration: name, user, port and key', async () => {
  const key = join(sshd.clientHome, '.ssh', 'id_ed25519');
  const config = `Host short\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${sshd.user}\n  IdentityFile ${key}\n`;
  await writeFile(join(sshd.clientHome, '.ssh', 'config'), `${config}Host far\n  ProxyJump elsewhere\n`);
  const address = (host: string) => ({ text: `ssh://${host}`, user: undefined, host, port: undefined });
  const short = await readSshSettings(address('short'), { home: sshd.clientHome, agent: '' });
  expect(short).toEqual({ ...settings, identityFiles: [key] });
  await expect(readSshSettings(address('far'), { home: sshd.clientHome })).rejects.toThrow(
    'ssh://far: your ssh configuration goes there by ProxyJump, which vmb does not follow. Forward a port (ssh -L 2222:MACHINE:22 JUMP-HOST) and take --host ssh://USER@localhost:2222.',
  );
});
