// The one session that most cases look at: disks, exit codes, output, processors, memory, clock. Booted when the first case asks.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Bench } from './bench.ts';
import { type Course, makeFile, runTrial } from './trial.ts';
import { mebibyte, type TrialDisk, type TrialStep } from './trial-session.ts';

export interface MainFacts {
  readonly course: Course;
  /** What the host placed, by disk. */
  readonly placed: ReadonlyMap<string, Buffer>;
  /** What the VMM handed out after the end, by disk. */
  readonly collected: ReadonlyMap<string, Buffer>;
  /** Files that only `copy-of` disks read, and that are not what they were. */
  readonly changedBases: readonly string[];
}

/** Numbers of the steps. */
export const mainSteps = {
  disks: 1,
  machine: 2,
  clock: 3,
  'exit 1': 4,
  'exit 42': 5,
  'exit 255': 6,
  timeout: 7,
  signal: 8,
  output: 9,
  payload: 10,
  write: 11,
} as const;

export const writtenAtBytes = 65_536;
export const writtenBytes = 262_144;
export const clockSeconds = 4;
/** Bytes without any order, the same in each run. */
export const blob = unordered(mebibyte);

export const mainCpus = (bench: Bench) => Math.min(2, bench.probe.capabilities.mostCpus);
export const mainMemoryBytes = 320 * mebibyte;

const sessions = new WeakMap<Bench, Promise<MainFacts>>();

export function mainSession(bench: Bench): Promise<MainFacts> {
  const found = sessions.get(bench) ?? run(bench);
  sessions.set(bench, found);
  return found;
}

const names = ['alpha', 'beta', 'gamma', 'delta'] as const;
// Not powers of two; the first and the last are equally large, so that only their order tells them apart.
const sizes = { alpha: mebibyte + 3 * 512, beta: 2 * mebibyte + 512, gamma: 3 * mebibyte, delta: mebibyte + 3 * 512 };

const steps: readonly TrialStep[] = [
  {
    script: `for disk in ${names.join(' ')}; do
      echo "$disk $(blockdev --getsize64 /dev/vmb/$disk) $(sha256sum </dev/vmb/$disk)"; done`,
  },
  { script: 'nproc; sed -n "s/^MemTotal: *//p" /proc/meminfo' },
  { script: `date +%s; cat /proc/uptime; sleep ${clockSeconds}; cat /proc/uptime` },
  { script: 'exit 1' },
  { script: 'exit 42' },
  { script: 'exit 255' },
  { script: 'echo begun; sleep 1000', timeoutMs: 1_000 },
  { script: 'kill -9 $$' },
  { script: 'vmb_payload_bytes blob', payloads: { blob } },
  { script: 'vmb_payload_bytes blob | sha256sum', payloads: { blob } },
  {
    script: `for disk in ${names.join(' ')}; do
      vmb_payload_bytes part | dd of=/dev/vmb/$disk bs=${writtenAtBytes} seek=1 conv=notrunc 2>/dev/null
      printf '%-512s' "end of $disk" |
        dd of=/dev/vmb/$disk bs=512 seek=$(($(blockdev --getsize64 /dev/vmb/$disk) / 512 - 1)) conv=notrunc 2>/dev/null
    done`,
    payloads: { part: blob.subarray(0, writtenBytes) },
  },
];

async function run(bench: Bench): Promise<MainFacts> {
  const placed = new Map(names.map((name) => [name, name === 'delta' ? Buffer.alloc(sizes.delta) : contentOf(name)]));
  const alpha = await makeFile(bench, 'alpha.img', placed.get('alpha') ?? Buffer.alloc(0));
  const beta = await makeFile(bench, 'beta.img', placed.get('beta') ?? Buffer.alloc(0));
  // Shorter than its disk: the rest reads as zeros.
  const gamma = await makeFile(bench, 'gamma.img', (placed.get('gamma') ?? Buffer.alloc(0)).subarray(0, mebibyte));
  placed.get('gamma')?.fill(0, mebibyte);
  const system = bench.buildVm.systemDisk?.path;
  const bases = [beta, gamma, ...(system === undefined ? [] : [system])];
  const before = await Promise.all(bases.map(digestOfFile));
  const disks: readonly TrialDisk[] = [
    { name: 'alpha', sizeBytes: sizes.alpha, content: { kind: 'take', path: alpha } },
    { name: 'beta', sizeBytes: sizes.beta, content: { kind: 'copy-of', path: beta } },
    { name: 'gamma', sizeBytes: sizes.gamma, content: { kind: 'copy-of', path: gamma } },
    { name: 'delta', sizeBytes: sizes.delta },
  ];
  const setting = { id: 'main', steps, disks, cpus: mainCpus(bench), memoryBytes: mainMemoryBytes };
  return runTrial(bench, setting, async (course, trial) => {
    const collected = new Map<string, Buffer>();
    for (const name of names) collected.set(name, await trial.read(name, 0, sizes[name]));
    const after = await Promise.all(bases.map(digestOfFile));
    const changedBases = bases.filter((_, index) => before[index] !== after[index]);
    return { course, placed, collected, changedBases };
  });
}

function contentOf(name: keyof typeof sizes): Buffer {
  const bytes = unordered(sizes[name], name.charCodeAt(0));
  bytes.write(`vmb-kit ${name}`, 'latin1');
  return bytes;
}

/** A generator of pseudo-random numbers, xorshift32. */
export function unordered(lengthBytes: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  let state = 2_463_534_242 ^ seed;
  for (let at = 0; at + 4 <= lengthBytes; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeInt32LE(state | 0, at);
  }
  return bytes;
}

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes);
  return hash.digest('hex');
}
