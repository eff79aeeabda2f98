// run in the target-VM: which disk boots how, and what the agent there carries out.
import { expect, test } from 'vitest';
import { job } from '../../../jobs/run.ts';
import { formatted } from '../disks.ts';
import { guestWork, mistakeIn, worldAfter } from '../planning.ts';

const world = worldAfter(...formatted);
const target = { command: 'apt-get install -y x', in: 'target', disk: 'main' };

test('a command there is that of its own sh, in a session of its own', () => {
  const { effects, script } = guestWork(job, { ...target, cwd: '/root', env: { A: "it's" }, timeout: '5m' }, world);
  expect(effects).toEqual({
    title: 'run apt-get install -y x in the target main',
    timeoutMs: 300_000,
    target: { disk: 'main', boot: { kind: 'firmware', firmware: 'uefi' }, at: ['in'] },
    ownSession: true,
    notes: [
      'the disk itself is booted: what it says of this step is its own word, so the step has a session of its own',
    ],
  });
  expect(script).toMatchInlineSnapshot(`
    "exec env -i 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' 'HOME=/root' 'LANG=C.UTF-8' 'LC_ALL=C.UTF-8' 'TZ=UTC0' 'SOURCE_DATE_EPOCH=1767225600' 'A=it'\\''s' /bin/sh -c 'cd -- "$1" || exit 126; shift; exec "$@"' sh '/root' 'sh' '-e' '-c' 'apt-get install -y x' </dev/null
    "
  `);
});

test.each([
  [{ boot: 'bios' }, { kind: 'firmware', firmware: 'bios' }],
  [
    { kernel: 'main:2:/boot/vmlinuz' },
    {
      kind: 'kernel',
      kernel: { kind: 'place', path: '/boot/vmlinuz' },
      commandLine: /^console=ttyS0 panic=-1 root=PARTUUID=[0-9a-f-]{36} rw$/,
    },
  ],
  [
    { kernel: 'vmb:vmlinuz', root: 'main:2', cmdline: 'quiet', boot: 'kernel' },
    {
      kind: 'kernel',
      kernel: { kind: 'source', source: { kind: 'vmb', name: 'vmlinuz' } },
      commandLine: /^console=ttyS0 panic=-1 root=PARTUUID=[0-9a-f-]{36} rw quiet$/,
    },
  ],
])('%j boots as %j', (options, boot) => {
  const { commandLine, ...rest } = { commandLine: undefined, ...boot };
  const planned = guestWork(job, { ...target, ...options }, world).effects.target?.boot;
  expect(planned).toMatchObject(rest);
  if (commandLine !== undefined) expect(planned?.kind === 'kernel' && planned.commandLine).toMatch(commandLine);
});

test.each([
  [{ in: 'guest' }],
  [{ disk: 'main' }],
  [{ kernel: 'vmb:vmlinuz' }],
  [{ in: 'target' }],
  [{ ...target, disk: 'other' }],
  [{ ...target, mount: { '/mnt': 'main:1' } }],
  [{ ...target, privileged: true }],
  [{ ...target, boot: 'kernel' }],
  [{ ...target, boot: 'bios', kernel: 'vmb:vmlinuz' }],
  [{ ...target, boot: 'uefi', cmdline: 'quiet' }],
  [{ ...target, kernel: 'vmb:vmlinuz' }],
  [{ ...target, kernel: 'vmb:vmlinuz', root: 'main' }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, { command: 'a', ...options }, world)).toMatchSnapshot();
});
