// Whole builds with QEMU on another machine: a private sshd on a loopback port.
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { killSessions, type PrivateSshd, startSshd } from '../../vmm-adapters/lib/private-sshd.ts';
import { ext4Disk, makeVmb, type Vmb } from '../vmb.ts';

let sshd: PrivateSshd;
let vmb: Vmb;

beforeAll(async () => {
  sshd = await startSshd();
  vmb = makeVmb(clientOf(sshd));
  const jobs = `${ext4Disk('64MiB')}
[[job]]
use = "copy-in"
content = "over the wire\\n"
to = "main:1:/etc/motd"

[[job]]
use = "export"
disk = "main"
as = "main.img"
`;
  await vmb.addBuild('small', jobs);
  await vmb.addBuild('slow', `[[job]]\nuse = "run"\ncommand = "echo step is running; sleep 600"\n`);
});

afterAll(async () => {
  vmb.remove();
  await sshd.stop();
});

/** The user's home has the keys, the cache is the machine's ordinary one. */
function clientOf({ clientHome }: PrivateSshd): Record<string, string> {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return { HOME: clientHome, XDG_CACHE_HOME: cache, SSH_AUTH_SOCK: '' };
}

function digestOf(out: string): string {
  return createHash('sha256')
    .update(readFileSync(join(vmb.folder, out, 'main.img')))
    .digest('hex');
}

/** Without a trial of the accelerator, whose verdict would be kept for this port. */
const there = () => ['--vmm', 'qemu', '--vmm-option', 'accel=tcg', '--host', sshd.address.text];

const remains = () => readdirSync(join(sshd.remoteCache, 'vmb-remote', 'work'));

test('the same bytes as from here; a second build finds its inputs there', async () => {
  const build = ['build', '--repo', 'test', '--name', 'small', '--out'];
  const here = await vmb.run(...build, 'here', '--vmm', 'qemu');
  expect(here.exitCode, here.stderr).toBe(0);
  const first = await vmb.run(...build, 'there', ...there());
  expect(first.exitCode, first.stderr).toBe(0);
  expect(digestOf('there')).toBe(digestOf('here'));
  expect(first.stdout).toContain(` on ${sshd.address.text}, `);
  expect(remains()).toEqual([]);
  const inputs = join(sshd.remoteCache, 'vmb-remote', 'inputs');
  const times = () => readdirSync(inputs).map((name) => `${name} ${statSync(join(inputs, name)).mtimeMs}`);
  const before = times();
  expect(before).toHaveLength(2);
  // Interrupted on purpose: by then everything was sent.
  const second = vmb.start(...build, 'again', ...there());
  await said(second.child, 'ready after');
  expect(times()).toEqual(before);
  second.child.kill('SIGINT');
  expect((await second.finished).exitCode).toBe(130);
  expect(remains()).toEqual([]);
  expect(processesOf(sshd.remoteCache)).toEqual([]);
});

test('a connection that is cut in the middle of a step: said here, and nothing stays there', async () => {
  const build = vmb.start('build', '--repo', 'test', '--name', 'slow', '--out', 'slow', ...there());
  await said(build.child, '[1/1] | step is running');
  expect(processesOf(sshd.remoteCache).filter((command) => command.includes('qemu-system'))).toHaveLength(1);
  await killSessions(sshd);
  const { exitCode, stderr } = await build.finished;
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`The connection to ${sshd.user}@127.0.0.1:${sshd.port} was lost: `);
  await vi.waitFor(
    () => {
      expect(processesOf(sshd.remoteCache)).toEqual([]);
      expect(remains()).toEqual([]);
    },
    { timeout: 60_000, interval: 100 },
  );
});

/** Command lines that name the folder. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((command) => command.includes(folder));
}

/** Resolves when standard output has said it. */
function said(child: ChildProcess, text: string): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (bytes: Buffer) => {
      output += bytes.toString();
      if (output.includes(text)) resolve();
    });
    child.once('close', () => reject(new Error(`vmb ended before it said "${text}":\n${output}`)));
  });
}
