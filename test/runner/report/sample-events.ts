// The events of a build that fails, and of one that succeeds, with hostile output in between.
import type { BuildEvent } from '../../../runner/event.ts';

const begun: readonly BuildEvent[] = [
  {
    type: 'build-started',
    repository: 'images',
    name: 'hello-efi',
    version: '1',
    arch: 'x86_64',
    buildVm: '3f2a91c04d5e'.padEnd(64, '0'),
    steps: 3,
    sessions: 1,
  },
  {
    type: 'vmm-chosen',
    vmm: 'qemu',
    version: '7.2.22',
    hardware: false,
    because: 'software emulation (tcg): /dev/kvm opens but nothing boots on it',
  },
  { type: 'step-started', step: 1, job: 'create-disk', title: 'create main, 64MiB', fingerprint: 'a'.repeat(64) },
  { type: 'step-done', step: 1, durationMs: 12, facts: {} },
  {
    type: 'session-started',
    session: 's1',
    steps: [2, 3],
    command: ['qemu-system-x86_64', '-append', "it's quiet", '-m', '512'],
  },
  { type: 'note', text: 's1: nothing came up within 120 s. Trying once more.' },
  { type: 'session-ready', session: 's1', guestUptimeMs: 1100, hostMs: 1930 },
  { type: 'step-started', step: 2, job: 'run', title: 'run make', fingerprint: 'b'.repeat(64) },
  { type: 'step-output', step: 2, text: 'compiling a.c' },
  { type: 'step-output', step: 2, text: '\u001b[2J\u001b]0;owned\u0007\rhidden \u009b31m\u202e' },
];

export const failing: readonly BuildEvent[] = [
  ...begun,
  {
    type: 'step-failed',
    step: 2,
    title: 'run make',
    place: '/images/hello-efi/build.toml:41:1',
    durationMs: 64_200,
    message: 'it ended with exit code 2.',
    lastLines: ['compiling a.c', '\u001b[2Jerror: \u0000'],
    consoleLog: '/state/logs/images/hello-efi.log',
    lookCloser: ['vmb build --repo images --name hello-efi --version 1 --arch x86_64 --keep'],
  },
  { type: 'build-failed', durationMs: 70_000, code: 'step-failed', exitCode: 1, message: 'failed' },
];

const artifact = {
  name: 'hello-efi.img',
  path: '/out/hello-efi.img',
  kind: 'file',
  sizeBytes: 67_108_864,
  sha256: 'c'.repeat(64),
} as const;

export const succeeding: readonly BuildEvent[] = [
  ...begun,
  { type: 'step-done', step: 2, durationMs: 2500, facts: {} },
  { type: 'step-started', step: 3, job: 'export', title: 'export main', fingerprint: 'd'.repeat(64) },
  { type: 'step-done', step: 3, durationMs: 400, facts: { 'layout.main.1': 'fresh' } },
  { type: 'session-ended', session: 's1', durationMs: 5100 },
  { type: 'artifact', artifact },
  { type: 'build-done', durationMs: 6200, record: '/out/hello-efi.record.json', artifacts: [artifact] },
];
