// The bundled 32-bit example: the same bytes whichever build-VM makes it, and its BIOS boot loader starts it on machines of
// both kinds: QEMU's pc and v86.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
const greeting = 'Hello from a 32-bit kernel that vmb built';
const image = (out: string) => join(vmb.folder, out, 'hello-i686.img');
beforeAll(() => {
  vmb = makeVmb();
});
afterAll(() => vmb.remove());

test('built by the x86_64 and by the i686 build-VM, it is equal to the byte', async () => {
  for (const arch of ['x86_64', 'i686']) {
    const way = ['--vmm', 'qemu', '--build-vm-arch', arch, '--out', arch];
    const finished = await vmb.run('build', '--repo', 'images', '--name', 'hello-i686', ...way);
    expect(finished.stderr).toBe('');
    expect(finished.exitCode).toBe(0);
  }
  expect(readFileSync(image('x86_64')).equals(readFileSync(image('i686')))).toBe(true);
});

test('sfdisk and mdir read it', () => {
  const table = JSON.parse(execFileSync('sfdisk', ['--json', image('x86_64')], { encoding: 'utf8' }));
  expect(table.partitiontable).toMatchObject({
    label: 'dos',
    partitions: [{ start: 2048, size: 96256, type: 'c', bootable: true }],
  });
  const files = execFileSync('mdir', ['-b', '-s', '-a', '-i', `${image('x86_64')}@@1M`, '::'], { encoding: 'utf8' });
  expect(files.trim().split('\n').sort()).toEqual([
    '::/boot/',
    '::/boot/grub.cfg',
    '::/boot/initramfs',
    '::/boot/vmlinuz',
  ]);
});

test.each([
  ['QEMU, 64-bit', ['--vmm', 'qemu', '--firmware', 'bios']],
  ['QEMU, 32-bit', ['--vmm', 'qemu', '--firmware', 'bios', '--arch', 'i686']],
  ['v86', ['--vmm', 'v86']],
])('its BIOS starts it: %s', async (_title, way) => {
  const finished = await vmb.run('boot', join('x86_64', 'hello-i686.img'), ...way, '--expect', greeting);
  expect(finished.exitCode, finished.stderr).toBe(0);
  expect(finished.stdout).toContain(greeting);
});
