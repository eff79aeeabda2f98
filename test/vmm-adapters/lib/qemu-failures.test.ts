// Every sentence about a machine that did not start, or that ended.
import { expect, test } from 'vitest';
import { exitOf } from '../../../vmm-adapters/lib/qemu-exit.ts';
import { startFailure } from '../../../vmm-adapters/lib/qemu-start-failure.ts';

test.each([
  'cannot set up guest memory ‘pc.ram’: Cannot allocate memory',
  'Could not access KVM kernel module: Permission denied',
  'failed to initialize kvm: No such file or directory',
  '-accel hvf: invalid accelerator hvf',
  'Failed to get "write" lock\nIs another process using the image [/work/disk.raw]?',
  'unsupported machine type “microvm”',
  'Could not write: No space left on device',
  'a sentence that nobody foresaw',
])('%s', (stderr) => {
  const exit = { exitCode: 1, signal: undefined, stderr: `${stderr}\n` };
  expect(startFailure(['qemu', '-m', '1'], exit).message).toMatchSnapshot();
});

test('ended by a signal, in silence', () => {
  const exit = { exitCode: undefined, signal: 'SIGSYS', stderr: '' };
  expect(startFailure(['qemu'], exit).message).toBe(
    'QEMU did not start: it was ended by SIGSYS.\nThe command was:\nqemu',
  );
});

const ended = { exitCode: 0, signal: undefined, stderr: '' };

test.each([
  [
    'a guest that powered off just before we stopped it did power off',
    { stopped: true, shutdownReason: 'guest-shutdown' },
    'power-off',
  ],
  ['guest-reset', { shutdownReason: 'guest-reset' }, 'reset'],
  ['subsystem-reset', { shutdownReason: 'subsystem-reset' }, 'reset'],
  ['guest-panic', { shutdownReason: 'guest-panic' }, 'panic'],
  ['a signal to QEMU', { shutdownReason: 'host-signal' }, 'killed'],
  ['a signal to QEMU that we sent', { stopped: true, shutdownReason: 'host-signal' }, 'stopped'],
  ['a reason that QEMU will invent', { shutdownReason: 'new' }, 'unknown'],
  ['a full disk goes before all', { fullDisk: '/x is full.', stopped: true }, 'failed'],
])('%s', (_title, changes, reason) => {
  const end = { program: ended, stopped: false, shutdownReason: undefined, fullDisk: undefined, ...changes };
  expect(exitOf(end).reason).toBe(reason);
});
