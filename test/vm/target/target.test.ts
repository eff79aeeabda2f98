// run in the target-VM: the bundled busybox system in each way to start it, and every way in which a command there can end.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { targetScript } from '../../../jobs/lib/run-target.ts';
import { copySparse } from '../../../runner/execution/move.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { makeVmb, type Vmb } from '../vmb.ts';
import { bootTarget, type Setting } from './target-vm.ts';

let vmb: Vmb;
let image: string;
const commandLine = 'console=ttyS0 panic=-1 root=PARTUUID=766d6201-02 rw';

beforeAll(async () => {
  vmb = makeVmb();
  image = join(vmb.folder, 'out', 'target-busybox.img');
  const built = await vmb.run('build', '--repo', 'images', '--name', 'target-busybox', '--out', 'out');
  if (built.exitCode !== 0) throw new Error(built.stderr);
  expect(built.stdout).toMatch(/^session-4: boot the disk main for step 20$/m);
}, 600_000);
afterAll(() => vmb.remove());

/** As `run` writes it, for a command that is a text. */
function run(command: string, more: Partial<Setting> = {}, check?: (diskPath: string) => Promise<void>) {
  const script = targetScript(['sh', '-e', '-c', command], '/', ['PATH=/sbin:/bin', 'HOME=/root']).text;
  return bootTarget(image, { script, commandLine, ...more }, check);
}

test('a kernel directly, a BIOS and UEFI start the same disk, and each finds what the one before left', () => {
  const boots = readFileSync(join(vmb.folder, 'out', 'boots'), 'utf8');
  expect(boots.replaceAll(/^(\w+): .*( BOOT_IMAGE=\S+)? console=ttyS0 panic/gm, '$1:$2 console=ttyS0 panic')).toBe(
    [
      'kernel: console=ttyS0 panic=-1 root=PARTUUID=766d6201-02 rw',
      'bios: console=ttyS0 panic=-1 root=PARTUUID=766d6201-02 rw',
      'uefi: console=ttyS0 panic=-1 root=PARTUUID=766d6201-02 rw',
      'uid=1000(vm) gid=1000(vm) groups=1000(vm)\n',
    ].join('\n'),
  );
});

test('its exit code and output come back, nothing that it left running matters, and the disk is whole', async () => {
  const command =
    'echo "$HOME $(id -u)"; (while :; do sleep 1; done) & setsid sleep 1000 & echo kept > /root/kept; exit 7';
  const root = join(vmb.folder, 'root.img');
  const ended = await run(command, {}, async (disk) => {
    await copySparse(disk, root, { range: { offsetBytes: 49 * 1024 * 1024, lengthBytes: 46 * 1024 * 1024 } });
    const checked = await localCommands.run('e2fsck', ['-f', '-n', root]);
    expect(checked.stdout).toContain('Pass 5');
    const { stdout } = await localCommands.run('debugfs', ['-R', 'cat /root/kept', root]);
    expect(stdout).toBe('kept');
    const features = await localCommands.run('dumpe2fs', ['-h', root]);
    expect(features.stdout).not.toContain('needs_recovery');
  });
  expect(ended).toEqual({ outcome: { kind: 'exit', code: 7 }, output: '/root 0\n' });
});

test('a command that hangs', async () => {
  const ended = await run('echo begun; trap "" TERM; sleep 1000', { timeoutMs: 3_000 });
  expect(ended).toEqual({ outcome: { kind: 'timeout' }, output: 'begun\n' });
});

test('a command that fills the disk', async () => {
  const { outcome } = await run('dd if=/dev/zero of=/root/full bs=1M 2>/dev/null');
  expect(outcome).toEqual({ kind: 'target-full', code: 1 });
});

test.each([
  [
    'restarts the machine and waits',
    'reboot; sleep 1000',
    'reset: The machine reset itself in step 1 (run it): its command restarted it, or its kernel crashed. A run ends with the machine that it begins in: what comes after a restart goes into a run of its own, which boots the target anew.',
  ],
  [
    'restarts the machine and has ended before',
    'reboot',
    'reset: The machine reset itself in step 1 (run it): its command restarted it, or its kernel crashed. A run ends with the machine that it begins in: what comes after a restart goes into a run of its own, which boots the target anew.',
  ],
  [
    'switches the machine off',
    'poweroff -f',
    'power-off: The machine powered itself off in step 1 (run it): its command did, or its agent heard nothing from vmb for 30 s. A run ends with the machine that it begins in: what comes after a restart goes into a run of its own, which boots the target anew.',
  ],
  [
    'makes the kernel panic',
    'mount -o remount,errors=panic /; echo 1 > /sys/fs/ext4/vda2/trigger_fs_error; sleep 1000',
    "panic: The target-VM's kernel panicked in step 1 (run it): Kernel panic - not syncing: EXT4-fs (device vda2): panic forced after error",
  ],
])('a command that %s', async (_, command, message) => {
  const { outcome } = await run(command);
  expect(String(outcome).split('\nThe console showed last:')[0]).toBe(message);
});

test('a system that never comes to firstrun', async () => {
  const { outcome } = await run('echo never', { commandLine: `${commandLine} init=/bin/cat`, bootMs: 12_000 });
  expect(String(outcome).split('\nThe console showed last:')[0]).toMatchInlineSnapshot(
    `"console-silent: The machine showed nothing on its console for 12 s: it does not start, or its serial port is not connected. Look at how the target boots; console=ttyS0 on its kernel's command line shows more."`,
  );
});
