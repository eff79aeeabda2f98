// `vmb boot` with a VMM that plays a script: what is booted, what is shown, and when the exit code is 3.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { interruptedBy } from '../../../../runner/command-line/interruption.ts';
import { listWorkFolders } from '../../../../runner/state/work-folder.ts';
import { type Bench, makeBench } from '../run-vmb.ts';
import { resetScript, script } from '../scripted-adapter.ts';

let bench: Bench;

beforeEach(async () => {
  resetScript();
  bench = await makeBench();
  await writeFile(join(bench.folder, 'disk.img'), Buffer.alloc(1000));
});

afterEach(async () => {
  expect(await listWorkFolders(bench.context.folders.state)).toEqual([]);
  await bench.remove();
});

test('a disk image boots under UEFI, its console is shown, and the machine is gone afterwards', async () => {
  script.console = ['hello\r\n', 'from the disk\r\n'];
  expect(await bench.vmb('boot', 'disk.img', '--verbose')).toEqual({
    exitCode: 0,
    stdout: 'hello\r\nfrom the disk\r\n',
    stderr: 'scripted --options \'{"machine":"small"}\' boot\n',
  });
  expect(script.calls).toEqual([
    'place boot system 1024 copy-of',
    'boot {"kind":"firmware","firmware":"uefi"} 536870912',
    'stop',
  ]);
});

test('an EFI program gets a disk around it, and needs UEFI', async () => {
  await writeFile(join(bench.folder, 'hello.efi'), Buffer.concat([Buffer.from('MZ'), Buffer.alloc(2000)]));
  expect((await bench.vmb('boot', 'hello.efi')).exitCode).toBe(0);
  expect(script.calls[0]).toMatch(/^place boot system \d+ copy-of$/);
  expect(await bench.vmb('boot', 'hello.efi', '--firmware', 'bios')).toMatchObject({
    exitCode: 2,
    stderr: '--firmware: an EFI program starts under uefi only; leave the option out.\n',
  });
});

/** A VMM with a BIOS and 32-bit machines only. */
function makeSmall(): void {
  if (!script.probe.usable) throw new Error('the scripted VMM is usable');
  const { capabilities } = script.probe;
  script.probe = {
    ...script.probe,
    capabilities: { ...capabilities, boots: ['kernel', 'bios'], architectures: ['i686'] },
  };
}

test('a VMM without UEFI starts a disk by its BIOS, on the machine that it has', async () => {
  makeSmall();
  expect((await bench.vmb('boot', 'disk.img')).exitCode).toBe(0);
  expect(script.calls[1]).toBe('boot {"kind":"firmware","firmware":"bios"} 536870912');
  expect(await bench.vmb('boot', 'disk.img', '--arch', 'x86_64')).toMatchObject({
    exitCode: 69,
    stderr: '--arch: scripted has i686 machines only, not x86_64.\n',
  });
});

test('an EFI program where there is no UEFI', async () => {
  makeSmall();
  await writeFile(join(bench.folder, 'hello.efi'), Buffer.concat([Buffer.from('MZ'), Buffer.alloc(2000)]));
  expect(await bench.vmb('boot', 'hello.efi')).toMatchObject({
    exitCode: 69,
    stderr: `vmb boot: "/bench/hello.efi" is an EFI program, which needs UEFI, and scripted has none here; boot it with --vmm qemu, where QEMU and OVMF are installed.\n`,
  });
});

test('memory and options go to the machine', async () => {
  const { stderr } = await bench.vmb(
    'boot',
    'disk.img',
    '--memory',
    '1GiB',
    '--vmm',
    'scripted',
    '--vmm-option',
    'machine=large',
    '--verbose',
  );
  expect(stderr).toBe('scripted --options \'{"machine":"large"}\' boot\n');
  expect(script.calls[1]).toBe('boot {"kind":"firmware","firmware":"uefi"} 1073741824');
});

test('an expected text may come in pieces', async () => {
  script.console = ['..hel', 'lo from', ' vmb..'];
  expect(await bench.vmb('boot', 'disk.img', '--expect', 'hello from vmb')).toEqual({
    exitCode: 0,
    stdout: '..hello from vmb..',
    stderr: '',
  });
});

test('with --stop a system that runs on ends when the text comes', async () => {
  script.console = ['Debian\r\nlogin: '];
  script.exit = undefined;
  const booted = await bench.vmb('boot', 'disk.img', '--expect', 'login:', '--stop');
  expect(booted).toEqual({ exitCode: 0, stdout: 'Debian\r\nlogin: ', stderr: '' });
  expect(script.calls.at(-1)).toBe('stop');
  expect(await bench.vmb('boot', 'disk.img', '--stop')).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: '--stop: this says what is done when the text of --expect comes; add --expect TEXT.\n',
  });
});

test.each([
  ['the text does not come', ['nothing'], { reason: 'power-off', detail: '' }],
  ['the machine resets after the text', ['hello'], { reason: 'reset', detail: '' }],
  ['the machine fails before the text', [], { reason: 'failed', detail: 'scripted: no such disk' }],
  ['the machine goes on after the text', ['hello'], undefined],
  ['the machine goes on without the text', ['hell'], undefined],
] as const)('%s: exit code 3', async (_, console, exit) => {
  script.console = [...console];
  script.exit = exit;
  const { exitCode, stderr } = await bench.vmb('boot', 'disk.img', '--expect', 'hello', '--timeout', '1');
  expect(exitCode).toBe(3);
  expect(stderr).toMatchSnapshot();
  expect(script.calls.at(-1)).toBe('stop');
});

test('without an expectation a machine that fails is a failure, a reset is none', async () => {
  script.exit = { reason: 'failed', detail: 'scripted: no such disk' };
  expect(await bench.vmb('boot', 'disk.img')).toMatchObject({
    exitCode: 1,
    stderr: 'vmb boot: the machine ended by failed. scripted: no such disk\n',
  });
  script.exit = { reason: 'reset', detail: '' };
  expect((await bench.vmb('boot', 'disk.img')).exitCode).toBe(0);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends the machine', async (name) => {
  script.exit = undefined;
  const controller = new AbortController();
  const booting = bench.vmbIn({ signal: controller.signal }, 'boot', 'disk.img', '--timeout', '1');
  controller.abort(interruptedBy(name));
  expect(await booting).toMatchObject({
    exitCode: { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[name],
    stderr: `Interrupted by ${name}; nothing is left running.\n`,
  });
});

test.each([
  ['qcow2', Buffer.from('QFI\xfb', 'latin1')],
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0])],
  ['ELF', Buffer.from('\x7fELF')],
  ['short', Buffer.from('MZ')],
])('what no firmware starts: %s', async (name, content) => {
  await writeFile(join(bench.folder, name), content);
  const { exitCode, stderr } = await bench.vmb('boot', name);
  expect(exitCode).toBe(2);
  expect(stderr).toMatchSnapshot();
});

test.each([
  ['no such file', ['boot', 'missing.img'], 2],
  ['a folder', ['boot', '.'], 2],
  ['firmware', ['boot', 'disk.img', '--firmware', 'efi'], 2],
  ['firmware that the VMM lacks', ['boot', 'disk.img', '--firmware', 'bios'], 69],
  ['arch', ['boot', 'disk.img', '--arch', 'arm'], 2],
  ['timeout', ['boot', 'disk.img', '--timeout', '1m'], 2],
  ['memory', ['boot', 'disk.img', '--memory', '1G'], 2],
  ['VMM', ['boot', 'disk.img', '--vmm', 'scriptd'], 2],
  ['VMM option', ['boot', 'disk.img', '--vmm-option', 'machin=large'], 2],
  ['VMM option value', ['boot', 'disk.img', '--vmm-option', 'machine=huge'], 2],
])('wrong use: %s', async (_, argv, code) => {
  const { exitCode, stderr } = await bench.vmb(...argv);
  expect(exitCode).toBe(code);
  expect(stderr).toMatchSnapshot();
});

test('a VMM that cannot be used', async () => {
  script.probe = { usable: false, reason: 'it is not installed.', remedy: 'Install it.' };
  expect(await bench.vmb('boot', 'disk.img')).toMatchObject({
    exitCode: 69,
    stderr: 'scripted cannot be used here: it is not installed. Install it.\n',
  });
});
