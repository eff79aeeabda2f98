// A boot loader that keeps the places of its files, syslinux, still starts the disk after export, under BIOS.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finished, makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
let planned: Finished;
let built: Finished;
const greeting = 'Hello from behind syslinux';

const init = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
echo "${greeting}"
/bin/busybox poweroff -f
`;
const settings = `SERIAL 0 115200
DEFAULT hello
LABEL hello
  KERNEL /boot/vmlinuz
  INITRD /boot/initramfs
  APPEND console=ttyS0 quiet
`;

const bootable = (disk: string, type: string, filesystem: string) => `
[[job]]
use = "create-disk"
disk = "${disk}"
size = "48MiB"
[[job]]
use = "label"
disk = "${disk}"
type = "msdos"
[[job]]
use = "partition"
disk = "${disk}"
type = "${type}"
size = "rest"
bootable = true
[[job]]
use = "format"
volume = "${disk}:1"
type = "${filesystem}"
[[job]]
use = "copy-in"
from = "vmb:vmlinuz"
to = "${disk}:1:/boot/vmlinuz"
[[job]]
use = "copy-in"
from = "extlinux.conf"
to = "${disk}:1:/boot/"
[[job]]
use = "initramfs"
from = "tree:/root"
to = "${disk}:1:/boot/initramfs"
nodes = ["c 5 1 0600 /dev/console"]
`;

/** extlinux asks the device for its place, so that the run sees devices: tree is the first of them. */
const install = `
[[job]]
use = "run"
command = '''
/tree/extlinux --install /found/boot --device /dev/loop1p1
/tree/extlinux --install /told/boot --device /dev/loop2p1
'''
mount = { "/found" = "found:1", "/told" = "told:1", "/tree" = "tree" }
privileged = true
`;

const exported = (disk: string, layout: string) => `
[[job]]
use = "dd"
from = "mbr.bin"
to = "${disk}"
[[job]]
use = "export"
disk = "${disk}"
as = "${disk}.img"
layout = ${layout}
`;

const jobs = `
[[job]]
use = "create-disk"
disk = "tree"
size = "32MiB"
[[job]]
use = "format"
volume = "tree"
type = "ext4"
[[job]]
use = "copy-in"
from = "root"
to = "tree:/root"
[[job]]
use = "copy-in"
from = "vmb:busybox"
to = "tree:/root/bin/"
mode = "0755"
[[job]]
use = "copy-in"
from = "extlinux"
to = "tree:/extlinux"
mode = "0755"
${bootable('found', 'linux', 'ext4')}${bootable('told', '0c', 'fat32')}
${install}${exported('found', '{}')}${exported('told', '"keep"')}`;

beforeAll(async () => {
  vmb = makeVmb();
  await vmb.addBuild('syslinux', jobs, { 'root/init': init, 'root/proc/.keep': '', 'extlinux.conf': settings });
  const folder = join(vmb.folder, 'repository/syslinux');
  execFileSync('chmod', ['+x', join(folder, 'root/init')]);
  copyFileSync('/usr/bin/extlinux', join(folder, 'extlinux'));
  copyFileSync('/usr/lib/EXTLINUX/mbr.bin', join(folder, 'mbr.bin'));
  planned = await vmb.run('plan', '--repo', 'test', '--name', 'syslinux');
  built = await vmb.run('build', '--repo', 'test', '--name', 'syslinux', '--out', 'out');
  expect(built.stderr).toBe('');
  expect(built.exitCode).toBe(0);
});
afterAll(() => vmb.remove());

test('the plan says what it keeps and why, and the build what it found', () => {
  expect(planned.stdout.match(/(found|told):1 is .*/g)).toEqual([
    'found:1 is laid out afresh, unless its boot sector or its features are no longer those that vmb gave it',
    'told:1 is kept as it is, but for times later than the epoch, which become the epoch, because the build file says so',
  ]);
  expect(built.stdout.match(/layout\.\S+: .*/g)).toEqual([
    'layout.found.1: kept, because its boot sector or its features are no longer those that vmb gave it',
  ]);
});

test('the disks are whole', () => {
  const code = readFileSync('/usr/lib/EXTLINUX/mbr.bin');
  for (const name of ['found', 'told']) {
    const image = join(vmb.folder, 'out', `${name}.img`);
    expect(readFileSync(image).subarray(0, code.length).equals(code)).toBe(true);
  }
  execFileSync('e2fsck', ['-fn', `${join(vmb.folder, 'out/found.img')}?offset=${1024 * 1024}`], { stdio: 'pipe' });
});

test.each(['found', 'told'])('the BIOS starts %s.img', async (name) => {
  const way = ['--vmm', 'qemu', '--firmware', 'bios', '--expect', greeting];
  const finished = await vmb.run('boot', join('out', `${name}.img`), ...way);
  expect(finished.exitCode, `${finished.stdout}${finished.stderr}`).toBe(0);
});
