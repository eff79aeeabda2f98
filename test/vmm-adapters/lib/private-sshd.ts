// A private OpenSSH server on a loopback port: own configuration, keys and user; nothing of it is installed, nothing stays.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import type { HostAddress } from '../../../vmm-adapters/lib/ssh-address.ts';

export interface PrivateSshd {
  readonly port: number;
  readonly user: string;
  readonly address: HostAddress;
  /** What HOME has to be to get in: .ssh/id_ed25519 and .ssh/known_hosts. */
  readonly clientHome: string;
  /** XDG_CACHE_HOME of what runs there. */
  readonly remoteCache: string;
  readonly folder: string;
  /** The listening process; sessions are its children. */
  readonly pid: number;
  stop(): Promise<void>;
}

const unpacked = resolve('node_modules/.vmb-sshd');

/** What answers sftp, unless a test wants something else there. */
const sftpServer = `${unpacked}/usr/lib/openssh/sftp-server`;

/** `extra`: more lines of its configuration. */
export async function startSshd(extra: readonly string[] = [], sftp = sftpServer): Promise<PrivateSshd> {
  await localCommands.run('sh', ['test/obtain-sshd.sh', unpacked]);
  const folder = await mkdtemp(join(tmpdir(), 'vmb-sshd-'));
  const { username: user, uid, gid } = userInfo();
  const [clientHome, remoteHome, remoteCache] = ['client', 'there', 'there/cache'].map((name) => join(folder, name));
  if (clientHome === undefined || remoteHome === undefined || remoteCache === undefined) throw new Error('no folders');
  await mkdir(join(clientHome, '.ssh'), { recursive: true, mode: 0o700 });
  await mkdir(remoteCache, { recursive: true });
  // Its processes change their root to it before anybody has proved who he is.
  if (uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  const clientKey = join(clientHome, '.ssh', 'id_ed25519');
  const hostKey = join(folder, 'host-key');
  for (const path of [clientKey, hostKey]) await makeKey(path);
  const publicKey = async (path: string) => (await localCommands.run('ssh-keygen', ['-y', '-f', path])).stdout;
  await writeFile(join(clientHome, '.ssh', 'known_hosts'), `[127.0.0.1]:${port} ${await publicKey(hostKey)}\n`);
  await writeFile(join(folder, 'authorized'), `${await publicKey(clientKey)}\n`);
  const users = [`${user}:x:${uid}:${gid}::${remoteHome}:/bin/sh`, 'sshd:x:65533:65534::/run/sshd:/bin/false'];
  await writeFile(join(folder, 'passwd'), `${users.join('\n')}\n`);
  await writeFile(join(folder, 'group'), `root:x:0:\nnogroup:x:65534:\n`);
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    ...['StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PidFile none'],
    `Subsystem sftp ${sftp}`,
    ...extra,
    // The first one counts.
    `SetEnv XDG_CACHE_HOME=${remoteCache}`,
  ];
  await writeFile(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  const libraries = `${unpacked}/usr/lib/x86_64-linux-gnu`;
  const program = await localCommands.start('setpriv', [
    ...['--pdeathsig', 'KILL', 'env'],
    `LD_LIBRARY_PATH=${libraries}:${unpacked}/lib/x86_64-linux-gnu`,
    `LD_PRELOAD=${libraries}/libnss_wrapper.so`,
    `NSS_WRAPPER_PASSWD=${join(folder, 'passwd')}`,
    `NSS_WRAPPER_GROUP=${join(folder, 'group')}`,
    ...[`${unpacked}/usr/sbin/sshd`, '-D', '-e', '-f', join(folder, 'sshd_config')],
  ]);
  const ended = program.exited.then(({ stderr }) => {
    throw new Error(`sshd ended: ${stderr}`);
  });
  ended.catch(() => undefined);
  await Promise.race([ended, answering(port)]);
  const text = `ssh://${user}@127.0.0.1:${port}`;
  return {
    port,
    user,
    address: { text, user, host: '127.0.0.1', port },
    clientHome,
    remoteCache,
    folder,
    pid: program.pid,
    async stop() {
      program.kill();
      await program.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function makeKey(path: string, words: readonly string[] = ['-t', 'ed25519']): Promise<void> {
  await localCommands.run('ssh-keygen', ['-q', ...words, '-N', '', '-f', path]);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

async function answering(port: number): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await setTimeout(20);
  }
}

/** Cuts every connection as a crash would: the processes that serve them are gone. */
export async function killSessions({ pid }: PrivateSshd): Promise<void> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const child of children.trim().split(' ')) if (child !== '') process.kill(Number(child), 'SIGKILL');
}
