// Hyper-V on another machine: whole builds through the stand-in behind a private sshd, and what happens when the machine misbehaves.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PrivateSshd, startSshd } from '../../vmm-adapters/lib/private-sshd.ts';
import { leftMachines, standInEnvironment } from '../../vmm-adapters/stand-in-hyper-v.ts';
import { ext4Disk, makeVmb, type Vmb } from '../vmb.ts';

let machines: string;
let sshd: PrivateSshd;
let vmb: Vmb;

beforeAll(async () => {
  machines = mkdtempSync(join(tmpdir(), 'vmb-hyper-v-'));
  const environment = Object.entries(standInEnvironment(machines)).map(([name, value]) => `${name}=${value}`);
  // Where Windows would have PowerShell in PATH; sftp's own command goes the same way.
  sshd = await startSshd([`ForceCommand env ${environment.join(' ')} sh -c "$SSH_ORIGINAL_COMMAND"`]);
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  vmb = makeVmb({ HOME: sshd.clientHome, XDG_CACHE_HOME: cache, SSH_AUTH_SOCK: '' });
  const touched = '[[job]]\nuse = "copy-in"\ncontent = "over the wire\\n"\nto = "main:1:/motd"\n';
  const exported = '[[job]]\nuse = "export"\ndisk = "main"\nas = "small.img"\n';
  await vmb.addBuild('small', `${ext4Disk('16MiB')}\n${touched}\n${exported}`);
  await vmb.addBuild('sleep', '[[job]]\nuse = "run"\ncommand = "echo asleep; sleep 600"\n');
});

afterAll(async () => {
  vmb.remove();
  await sshd.stop();
  rmSync(machines, { recursive: true });
});

/** The home there: where sftp begins, and where the folders of builds and the pipes are. */
const there = () => join(sshd.folder, 'there');

function expectNothingLeft(): void {
  expect(leftMachines(machines)).toEqual([]);
  expect(readdirSync(there())).toEqual(['cache']);
}

const wordsOf = (name: string, generation: string) => [
  ...[
    'build',
    '--repo',
    'test',
    '--name',
    name,
    '--json',
    '--vmm',
    'hyper-v',
    '--vmm-option',
    `generation=${generation}`,
  ],
  ...['--host', sshd.address.text],
];

test('builds on both generations, one of them twice, give the bytes of QEMU here', async () => {
  const here = await vmb.run('build', '--repo', 'test', '--name', 'small', '--vmm', 'qemu', '--out', 'here');
  expect(here.exitCode, here.stderr).toBe(0);
  const expected = readFileSync(join(vmb.folder, 'here', 'small.img'));
  for (const [out, generation] of [
    ['two', '2'],
    ['one', '1'],
    ['again', '1'],
  ] as const) {
    const finished = await vmb.run(...wordsOf('small', generation), '--out', out);
    expect(finished.exitCode, finished.stderr + finished.stdout).toBe(0);
    expect(readFileSync(join(vmb.folder, out, 'small.img')).equals(expected), out).toBe(true);
    expectNothingLeft();
  }
});

/** In the middle of a step that never ends. */
async function midStep() {
  const started = vmb.start(...wordsOf('sleep', '1'));
  await saying(started, 'asleep');
  expect(leftMachines(machines)).toHaveLength(1);
  return started;
}

test('a killed vmb leaves a machine there, which the next start removes', async () => {
  const { child, finished } = await midStep();
  child.kill('SIGKILL');
  await finished;
  expect(leftMachines(machines)).toHaveLength(1);
  const clean = await vmb.run('clean');
  expect(clean.exitCode, clean.stderr).toBe(0);
  expectNothingLeft();
});

test('Ctrl-C leaves nothing there', async () => {
  const { child, finished } = await midStep();
  child.kill('SIGINT');
  expect((await finished).exitCode).toBe(130);
  expectNothingLeft();
});

test('a disk that has grown there is not fetched', async () => {
  const started = vmb.start(...wordsOf('small', '1'), '--out', 'grown');
  await saying(started, '"step-done","step":2');
  const [folder = ''] = readdirSync(there()).filter((name) => name.startsWith('vmb-'));
  for (const disk of readdirSync(join(there(), folder)).filter((name) => name.startsWith('disk-disk.'))) {
    const path = join(there(), folder, disk);
    truncateSync(path, statSync(path).size + 1024 ** 3);
  }
  const finished = await started.finished;
  expect(finished.exitCode).toBe(1);
  expect(finished.stderr + finished.stdout).toMatch(/\.vhd has \d+ bytes there, which no disk of its size has/);
  expectNothingLeft();
});

/** Waits until a build has said that. */
async function saying({ child, finished }: ReturnType<Vmb['start']>, wanted: string): Promise<void> {
  let said = '';
  child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  while (!said.includes(wanted)) {
    await Promise.race([setTimeout(100), finished]);
    expect(child.exitCode, said).toBe(null);
  }
}
