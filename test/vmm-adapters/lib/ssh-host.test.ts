// Another machine's house-keeping, over a real sshd: folders, programs, inputs, and what happens to them when nobody is left.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Transfer } from '../../../vmm-adapters/lib/adapter.ts';
import { localCommands, type RunningProgram } from '../../../vmm-adapters/lib/command.ts';
import { openSshHost } from '../../../vmm-adapters/lib/ssh-host.ts';
import { readSshSettings, type SshSettings } from '../../../vmm-adapters/lib/ssh-settings.ts';
import type { VmmHost } from '../../../vmm-adapters/lib/vmm-host.ts';
import { killSessions, type PrivateSshd, startSshd } from './private-sshd.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const never = new AbortController().signal;
const transfers: Transfer[] = [];
let sshd: PrivateSshd;
let settings: SshSettings;
let folder: string;
let base: string;
let host: VmmHost;

beforeAll(async () => {
  sshd = await startSshd();
  settings = await readSshSettings(sshd.address, { home: sshd.clientHome, agent: '' });
  base = join(sshd.remoteCache, 'vmb-remote');
});
afterAll(() => sshd.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-here-'));
  transfers.length = 0;
  host = await open();
});
afterEach(async () => {
  await host.close(false);
  await rm(folder, { recursive: true });
});

function open(): Promise<VmmHost> {
  const here = { workFolder: folder, onTransfer: (transfer: Transfer) => transfers.push(transfer) };
  return openSshHost(sshd.address, here, never, settings);
}

const workFolders = () => readdirSync(join(base, 'work'));

/** Waits for what a process there does in its own time. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

test('its folders are for its user alone; the work folder goes with us', async () => {
  for (const path of [base, host.workFolder]) expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(host.name).toBe(`${sshd.user}@127.0.0.1:${sshd.port}`);
  expect(host.run).toContain(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  await host.makeFile(`${host.workFolder}/disk.raw`, 1_000_000);
  expect(statSync(`${host.workFolder}/disk.raw`)).toMatchObject({ size: 1_000_000, blocks: 0 });
  await host.close(false);
  expect(workFolders()).toEqual([]);
  host = await open();
});

test('inputs are sent once, whatever they are called, and again when somebody touched them', async () => {
  const input = join(folder, 'kernel');
  await writeFile(input, 'a kernel');
  const there = await host.share(input);
  expect(there).toBe(host.sharedPath(input));
  expect(await readFile(there, 'utf8')).toBe('a kernel');
  expect(transfers).toHaveLength(1);
  await host.close(false);
  host = await open();
  await writeFile(join(folder, 'renamed'), 'a kernel');
  expect(await host.share(join(folder, 'renamed'))).toBe(there);
  expect(transfers).toHaveLength(1);
  await writeFile(there, 'a KERNEL');
  await host.close(false);
  host = await open();
  await host.share(input);
  expect(await readFile(there, 'utf8')).toBe('a kernel');
});

test('a kept work folder stays', async () => {
  const { workFolder } = host;
  await host.close(true);
  host = await open();
  expect(existsSync(workFolder)).toBe(true);
  await rm(workFolder, { recursive: true });
});

/** A program there that runs from the work folder, as a VMM does: its name is in its command line. */
async function startThere(): Promise<RunningProgram> {
  return host.startRecorded('m', ['sh', '-c', 'sleep 600; :', `${host.workFolder}/disk.raw`], '', never);
}

function runs(pid: number): boolean {
  return existsSync(`/proc/${pid}/status`) && !/State:\s+Z/.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

test('a connection that is cut ends what ran there and removes the folder; here it is said', async () => {
  const program = await startThere();
  const { workFolder } = host;
  await killSessions(sshd);
  const { lost } = await program.exited;
  expect(lost).toMatch(
    /^The connection to \S+@127\.0\.0\.1:\d+ was lost: .*\. What vmb started there ends by itself; build again when the machine can be reached\.$/,
  );
  await eventually(() => {
    expect(runs(program.pid)).toBe(false);
    expect(existsSync(workFolder)).toBe(false);
  });
  await expect(host.exists('/')).rejects.toThrow(lost);
  host = await open();
});

test('what a killed keeper left is removed at the next start, and what others use is not', async () => {
  const program = await startThere();
  const left = host.workFolder;
  const keeper = Number(/(\d+)-[0-9a-f]+$/.exec(left)?.[1]);
  // The watch beside it would end it as well, half a minute later.
  const children = readFileSync(`/proc/${keeper}/task/${keeper}/children`, 'utf8').trim().split(' ').map(Number);
  for (const pid of [...children, keeper]) process.kill(pid, 'SIGKILL');
  const other = await localCommands.start('sh', ['-c', 'sleep 600; :', 'vmb-keeper']);
  const used = join(base, 'work', `${other.pid}-0`);
  await mkdir(used);
  const strange = join(base, 'work', 'no-number');
  await mkdir(strange);
  try {
    const next = await open();
    await next.close(false);
    expect([existsSync(left), existsSync(used), existsSync(strange)]).toEqual([false, true, true]);
    await eventually(() => expect(runs(program.pid)).toBe(false));
  } finally {
    other.kill();
    for (const path of [used, strange]) await rm(path, { recursive: true });
  }
});

test('the control wire: both ways, and nobody waits for ever', async () => {
  const control = host.controlPath('m');
  const wire = await host.openControl(control);
  const vmm = await host.commands.start('sh', [
    '-c',
    'exec 3<>"$1.in" 4<>"$1.out"; read -r word <&3; echo "got $word" >&4',
    'x',
    control.path,
  ]);
  const stream = await wire.connection;
  stream.write('hello\n');
  const closed = new Promise<void>((resolve) => stream.once('close', resolve));
  let said = '';
  stream.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  await vmm.exited;
  await wire.finish?.();
  await closed;
  expect(said).toMatch(/^\ngot hello\n/);
  await wire.close();
  const idle = await host.openControl(control);
  await idle.close();
  expect(readdirSync(host.workFolder)).toEqual(['beat']);
  await eventually(() => {
    const waiting = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(control.path));
    expect(waiting).toEqual([]);
  });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('a user without a place for a folder', async () => {
  const full = await startSshd(['SetEnv XDG_CACHE_HOME=/proc/none']);
  try {
    const known = await readSshSettings(full.address, { home: full.clientHome, agent: '' });
    await expect(
      openSshHost(full.address, { workFolder: folder, onTransfer: undefined }, never, known),
    ).rejects.toThrow(
      /^\S+: vmb could not make its folder there \(vmb-remote below ~\/\.cache\), with a POSIX shell as the user's own\. It said:\nmkdir: cannot create directory/,
    );
  } finally {
    await full.stop();
  }
});
