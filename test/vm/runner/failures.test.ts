// What a person sees when a build fails, is interrupted or is killed, and that nothing is left behind.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeVmb, type Vmb, vmbMain } from '../vmb.ts';

let vmb: Vmb;
beforeEach(() => {
  vmb = makeVmb();
});
afterEach(() => vmb.remove());

/** Command lines of QEMUs that use files of this test. */
function machines(): string[] {
  const all = execFileSync('ps', ['-eo', 'pid,args', '-ww'], { encoding: 'utf8' });
  return all.split('\n').filter((line) => line.includes('qemu-system') && line.includes(vmb.folder));
}

const workFolders = () => {
  const folder = join(vmb.stateFolder, 'work');
  return existsSync(folder) ? readdirSync(folder) : [];
};

async function untilItSays(child: { stdout: NodeJS.ReadableStream | null }, text: string): Promise<void> {
  let seen = '';
  for await (const bytes of child.stdout ?? []) {
    seen += bytes.toString();
    if (seen.includes(text)) return;
  }
  throw new Error(`it ended without saying "${text}":\n${seen}`);
}

const sleeping = `
[[job]]
use = "run"
command = "echo running; sleep 1000"
`;

test('a command that fails: its place, its exit code, its last lines, the log and how to look closer', async () => {
  await vmb.addBuild('failing', '\n[[job]]\nuse = "run"\ncommand = "seq 30; exit 7"\n');
  const { exitCode, stdout, stderr } = await vmb.run('build', '--repo', 'test', '--name', 'failing');
  expect(exitCode).toBe(1);
  const log = join(vmb.stateFolder, 'logs', 'test', 'failing.log');
  const shown = `${stdout}${stderr}`
    .replaceAll(vmb.folder, 'FOLDER')
    .replace(/\d+\.\d s/g, 'N s')
    .replace(/[0-9a-f]{12}$/m, 'DIGEST');
  expect(shown.slice(shown.indexOf('[1/1] failed'))).toMatchInlineSnapshot(`
    "[1/1] failed after N s
    Console log: FOLDER/state/vmb/logs/test/failing.log
    To look closer:
      vmb build --repo test --name failing --version 1 --arch x86_64 --keep
    FOLDER/repository/failing/build.toml:7:1: step 1 (run seq 30; exit 7) failed: it ended with exit code 7.
    "
  `);
  expect(readFileSync(log, 'utf8')).toContain('29\n30\n--- step 1 ended');
  expect(existsSync(join(vmb.folder, 'out'))).toBe(false);
  expect([machines(), workFolders()]).toEqual([[], []]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends the VM and removes its files', async (signal, code) => {
  await vmb.addBuild('sleeping', sleeping);
  const { child, finished } = vmb.start('build', '--repo', 'test', '--name', 'sleeping');
  await untilItSays(child, '| running');
  expect(machines()).toHaveLength(1);
  child.kill(signal);
  expect((await finished).exitCode).toBe(code);
  expect([machines(), workFolders()]).toEqual([[], []]);
});

test('after kill -9 the VM ends by itself, and the next start removes the files', async () => {
  await vmb.addBuild('sleeping', sleeping);
  const { child, finished } = vmb.start('build', '--repo', 'test', '--name', 'sleeping');
  await untilItSays(child, '| running');
  child.kill('SIGKILL');
  await finished;
  const deadline = performance.now() + 30_000;
  while (machines().length > 0 && performance.now() < deadline) await setTimeout(100);
  expect(machines()).toEqual([]);
  expect(workFolders()).toHaveLength(1);
  await vmb.addBuild('quick', '\n[[job]]\nuse = "create-disk"\ndisk = "main"\nsize = "1MiB"\n');
  expect((await vmb.run('build', '--repo', 'test', '--name', 'quick')).exitCode).toBe(0);
  expect(workFolders()).toEqual([]);
});

test('a full disk of the host ends the build with a sentence that names it, and nothing stays', async () => {
  const jobs = `
[[job]]
use = "create-disk"
disk = "main"
size = "200MiB"

[[job]]
use = "format"
volume = "main"
type = "ext4"

[[job]]
use = "run"
command = "dd if=/dev/urandom of=/mnt/big bs=1M count=100"
mount = { "/mnt" = "main" }
`;
  await vmb.addBuild('full', jobs);
  const state = join(vmb.folder, 'small');
  mkdirSync(state);
  // A user namespace, so that no root is needed for a filesystem of 30 MB.
  const script = 'mount -t tmpfs -o size=30m tmpfs "$1"; shift; "$@"; code=$?; find "$0" -path "*/work/*"; exit $code';
  const vmbWords = [
    process.execPath,
    vmbMain,
    'build',
    '--repo',
    'test',
    '--name',
    'full',
    '--out',
    join(vmb.folder, 'out'),
  ];
  const words = ['--map-root-user', '--mount', 'sh', '-c', script, state, state, ...vmbWords];
  const { status, stdout, stderr } = spawnSync('unshare', words, {
    encoding: 'utf8',
    env: { ...process.env, XDG_CONFIG_HOME: join(vmb.folder, 'config'), XDG_STATE_HOME: state },
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /the filesystem that this file lies on is full. Free some space, or set VMB_HOME to a folder on a larger one\./,
  );
  expect(stdout).not.toMatch(/\/work\//);
  expect(machines()).toEqual([]);
});
