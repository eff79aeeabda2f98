// Starts the real guest agent under the host's sh as a machine with a serial console: its standard input and output.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { writeJobDisk } from '../../build-vm/border/job-disk.ts';
import { jobDiskBytes } from '../../build-vm/border/job-text.ts';
import { protocolVersion, type Session, type SessionStep } from '../../build-vm/border/session.ts';
import type { MachineExit, RunningMachine } from '../../vmm-adapters/lib/adapter.ts';

export const nonce = '00112233445566778899aabbccddeeff';
const guestFolder = join(import.meta.dirname, '../../build-vm/guest');

// Frames carry the CRC-32 that gzip writes at its end; the guest has a program for it.
const crc32 = `#!/bin/sh
sum() { gzip -1nc "$@" | tail -c 8 | od -An -N4 -tx4; }
if [ $# -eq 0 ]; then echo $(sum); fi
for file; do echo $(sum <"$file") "$file"; done
`;

export interface Step {
  readonly script: string;
  readonly timeoutMs?: number;
  readonly payloads?: Readonly<Record<string, Uint8Array>>;
}

export interface Setting {
  readonly steps: readonly Step[];
  readonly payloadOutBytes?: number;
  /** How long the agent's second takes. */
  readonly secondMs?: number;
  /** Changes what lies on the disks before the agent starts. */
  readonly tamper?: (paths: { readonly job: string; readonly build: string }) => void;
  /** Changes what the host sends, chunk by chunk; `undefined` loses it. */
  readonly toGuest?: (chunk: string) => string | undefined;
}

export interface Agent {
  readonly session: Session;
  readonly machine: RunningMachine;
  readonly folder: string;
  readonly child: ChildProcess;
  /** Bytes of the payload-out disk. */
  out(offsetBytes: number, lengthBytes: number): Buffer;
  remove(): Promise<void>;
}

export async function startAgent(setting: Setting): Promise<Agent> {
  const folder = mkdtempSync(join(tmpdir(), 'vmb-agent-'));
  const session = sessionFor(setting);
  const paths = { job: join(folder, 'job.img'), build: join(folder, 'build.img') };
  await writeJobDisk(paths.job, session, nonce, async function* (step, name) {
    yield setting.steps[step - 1]?.payloads?.[name] ?? new Uint8Array();
  });
  const lines = session.disks.map(({ id, sizeBytes }) => {
    const path = join(folder, `${id}.img`);
    if (id !== 'job') {
      writeFileSync(path, '');
      truncateSync(path, sizeBytes);
    }
    return `${path}\n`;
  });
  setting.tamper?.(paths);
  writeFileSync(join(folder, 'disks'), lines.join(''));
  writeFileSync(join(folder, 'killed'), '0\n');
  writeProgram(folder, 'crc32', crc32);
  writeProgram(folder, 'sleep', `#!/bin/sh\nexec /bin/sleep ${(setting.secondMs ?? 1000) / 1000}\n`);
  const child = spawn('sh', [join(guestFolder, 'agent'), join(import.meta.dirname, 'platform.sh')], {
    cwd: folder,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', VMB_TEST: folder },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = new Promise<MachineExit>((resolve) => {
    child.on('exit', () => {
      resolve({ reason: existsSync(join(folder, 'power-off')) ? 'power-off' : 'killed', detail: '' });
    });
  });
  const serial = Duplex.from({ readable: child.stdout, writable: lossy(child, setting.toGuest) });
  const stop = async () => {
    killGroup(child);
    await exited;
  };
  return {
    session,
    machine: { serial, exited, stop },
    folder,
    child,
    out: (offset, length) => readFileSync(join(folder, 'out.img')).subarray(offset, offset + length),
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function lossy(child: ChildProcess, change: Setting['toGuest']): Duplex {
  return new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, callback) {
      const text = change === undefined ? chunk.toString('latin1') : change(chunk.toString('latin1'));
      if (text !== undefined && child.stdin?.writable === true) child.stdin.write(text, 'latin1');
      callback();
    },
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, 'SIGKILL');
}

function writeProgram(folder: string, name: string, text: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin', name), text);
  chmodSync(join(folder, 'bin', name), 0o755);
}

function sessionFor(setting: Setting): Session {
  const steps = setting.steps.map(({ script, timeoutMs, payloads }, index): SessionStep => {
    const payloadsIn = Object.entries(payloads ?? {}).map(([name, bytes]) => ({ name, lengthBytes: bytes.length }));
    const clockSeconds = 1_767_225_600 + index * 60;
    const number = index + 1;
    return { number, title: `step ${number}`, script, timeoutMs: timeoutMs ?? 60_000, clockSeconds, payloadsIn };
  });
  const out = setting.payloadOutBytes;
  const session: Session = {
    protocol: protocolVersion,
    id: 'session-1',
    machine: { arch: 'x86_64', memoryBytes: 512 * 1024 * 1024, cpus: 1 },
    epochSeconds: 1_767_225_600,
    disks: [
      { id: 'system', role: 'system', sizeBytes: 1_048_576 },
      { id: 'job', role: 'job', sizeBytes: 0 },
      { id: 'build', role: 'build', sizeBytes: 1_048_576 },
      ...(out === undefined ? [] : [{ id: 'out', role: 'payload-out' as const, sizeBytes: out }]),
    ],
    regions: [{ name: 'main', disk: 'build', offsetBytes: 0, lengthBytes: 1_048_576 }],
    steps,
    deadlines: { bootMs: 20_000, silenceMs: 20_000, endMs: 20_000 },
  };
  const job = { id: 'job', role: 'job' as const, sizeBytes: jobDiskBytes(session) };
  return { ...session, disks: session.disks.map((disk) => (disk.id === 'job' ? job : disk)) };
}
