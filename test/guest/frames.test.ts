// Frames where no process can be made, as while a job holds all of them: the agent tries again, and loses nothing by that.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { localCommands } from '../../vmm-adapters/lib/command.ts';

const frames = join(import.meta.dirname, '../../build-vm/guest/frames.sh');
const script =
  'text=$(cat "$0"); printf begun; read -r _; eval "$text"; run=$1 role=r nonce=n crc32=cksum; frame k 1 - t b; printf "%s" "$line"';
/** The limit holds for users other than root. */
const user = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--clear-groups'] : [];
/** Of the kernel's clock, 100 a second: enough for ten thousand attempts. */
const enoughTicks = 50;

test('a frame comes when there are processes again, however often there were none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmb-frames-'));
  chmodSync(folder, 0o777);
  const [program = '', ...args] = [...user, 'prlimit', '--nofile=64', 'sh', '-euc', script, frames, folder];
  const shell = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], timeout: 30_000, killSignal: 'SIGKILL' });
  try {
    let output = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const ended = new Promise((resolve) => shell.on('close', resolve));
    while (output !== 'begun') await pause(10);
    const pid = String(shell.pid);
    await limitProcesses(pid, 1);
    shell.stdin.end('\n');
    while (ticksOf(pid) < enoughTicks) await pause(10);
    await limitProcesses(pid, 1_000);
    expect(await ended).toBe(0);
    expect(output).toBe('begunVMB1 n k 1 - t b 493946369 16');
  } finally {
    shell.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}, 60_000);

/** As its own user: only that one may. */
async function limitProcesses(pid: string, most: number): Promise<void> {
  const [program = '', ...args] = [...user, 'prlimit', '--pid', pid, `--nproc=${most}:`];
  await localCommands.run(program, args);
}

/** Processor time that a process has used. */
function ticksOf(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
