// What a person sees when a build fails or is interrupted, and that nothing is left behind. Killed builds and full hosts: the conformance kit.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeVmb, type Vmb } from '../vmb.ts';

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
