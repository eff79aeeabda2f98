// What is in the build-VM works there: booted with a test script in the place of the agent, on each kind of disk controller.
import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuildVmArch, buildVmArchs } from '../../../build-vm/make/arch.ts';
import { guestPrograms } from '../../../build-vm/make/packages.ts';
import { cachedBuildVm } from './cached-build-vm.ts';

let folder = '';
let disk = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-guest-programs-'));
  disk = join(folder, 'disk.img');
  await writeFile(disk, 'VMB-TEST-DISK\n');
  await truncate(disk, 8 * 1024 * 1024);
});
afterAll(() => rm(folder, { recursive: true }));

const prologue = `#!/bin/sh
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
`;

/** Boots with `script` as the first process, beside the build-VM's own files; the serial port's output, CR taken out. */
async function boot(arch: BuildVmArch, script: string, ...machine: readonly string[]): Promise<string> {
  const root = await mkdtemp(join(folder, 'root-'));
  await mkdir(join(root, 'test'));
  await writeFile(join(root, 'test/init'), `${prologue}${script}\nreboot -f\n`);
  await chmod(join(root, 'test/init'), 0o755);
  const initrd = execFileSync('cpio', ['--create', '--format=newc', '--quiet'], {
    cwd: root,
    input: 'test\ntest/init\n',
  });
  await writeFile(join(root, 'initrd'), initrd);
  const args = [
    ...['-accel', 'tcg', '-cpu', 'qemu64,+rdrand', '-m', '512', '-nodefaults', '-no-reboot', '-display', 'none'],
    ...[
      '-serial',
      'stdio',
      '-kernel',
      cachedBuildVm(arch).files.efi,
      '-initrd',
      join(root, 'initrd'),
      '-append',
      'rdinit=/test/init reboot=t',
    ],
    ...machine,
  ];
  return new Promise((resolve, reject) => {
    execFile('qemu-system-x86_64', args, { timeout: 120_000 }, (error, stdout) => {
      if (error === null) resolve(stdout.replaceAll('\r', ''));
      else reject(error);
    });
  });
}

describe.each(buildVmArchs)('one boot of %s', (arch) => {
  let said = '';
  const names = guestPrograms.flatMap(({ path, links = [] }) => [basename(path), ...links]);
  const filesystems = [
    'ext2',
    'ext3',
    'ext4',
    'vfat',
    'fuseblk',
    'xfs',
    'btrfs',
    'udf',
    'minix',
    'ufs',
    'exfat',
    'iso9660',
    'squashfs',
    'erofs',
  ];
  const section = (name: string) => new RegExp(`^<${name}>\\n([^]*?)^</${name}>$`, 'm').exec(said)?.[1];

  beforeAll(async () => {
    said = await boot(
      arch,
      `export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
echo '<where>'; for name in ${names.join(' ')}; do command -v $name || echo "$name is missing"; done; echo '</where>'
echo '<start>'; for name in ${names.join(' ')}; do $name --help >/tmp/out 2>&1 </dev/null; [ $? -lt 126 ] || { echo "$name: $(cat /tmp/out)"; }; done; echo '</start>'
echo '<libraries>'; for name in ${names.join(' ')}; do $name --help 2>&1 </dev/null | grep -a 'error while loading'; done; echo '</libraries>'
echo '<filesystems>'; sed 's/.*\\t//' /proc/filesystems; echo '</filesystems>'
echo '<fence>'; ls -d /dev/mem /dev/port /dev/kmem /proc/kcore /proc/modules /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /dev/net /sys/kernel/debug/x /dev/cpu 2>/dev/null; ls /sys/class/net; echo '</fence>'
cd /tmp
truncate -s 16M fat; mkfs.fat --invariant fat >/dev/null
echo text >'größenverhältnisse.txt'; mcopy -i fat 'größenverhältnisse.txt' ::; mcopy -i fat ::'größenverhältnisse.txt' back
echo '<names>'; mdir -b -i fat ::; cat back; mkdir m; mount -o loop fat m; ls m; umount m; echo '</names>'
echo '<xattr>'; truncate -s 16M ext; mke2fs -q -t ext4 -U clear -E hash_seed=6e6f7468-696e-4720-a073-79737465d15d ext
mount -o loop ext m; echo x >m/f; printf 'x' | tar -C m -cf t.tar --xattrs f && echo 'tar --xattrs works'; umount m; e2fsck -fn ext >/dev/null 2>&1 && echo 'e2fsck is content'; echo '</xattr>'
echo '<sockets>'; unshare --net --pid --fork sh -c 'ip link set lo up; ip -o addr | sed "s/.*inet6* //; s/ .*//"'; echo '</sockets>'
echo '<entropy>'; dmesg | grep -c 'crng init done'; cat /proc/sys/kernel/randomize_va_space; echo '</entropy>'`,
      ...['-machine', 'pc'],
    );
  });

  test('every program of the table is found before any applet, and starts', () => {
    const folders = new Map(
      guestPrograms.flatMap(({ path, links = [] }) => {
        const place = path.slice(0, path.lastIndexOf('/'));
        return [basename(path), ...links].map((name): [string, string] => [name, `${place}/${name}`]);
      }),
    );
    expect(section('where')?.trim().split('\n')).toEqual([...folders.values()]);
    expect(section('start')).toBe('');
    expect(section('libraries')).toBe('');
  });

  test('every filesystem is in the kernel', () => {
    expect(section('filesystems')?.split('\n')).toEqual(expect.arrayContaining(filesystems));
  });

  test('no way around the fence, and no network but loopback', () => {
    expect(section('fence')).toBe('lo\n');
    expect(section('sockets')).toBe('127.0.0.1/8\n::1/128\n');
  });

  test('mtools and the kernel agree on a name that is not ASCII', () => {
    expect(section('names')).toBe('::/größenverhältnisse.txt\ntext\ngrößenverhältnisse.txt\n');
  });

  test('tar keeps xattrs, and e2fsck finds nothing', () => {
    expect(section('xattr')).toBe('tar --xattrs works\ne2fsck is content\n');
  });

  test('random numbers are ready at once, and addresses are fixed', () => {
    expect(section('entropy')).toBe('1\n0\n');
  });
});

describe('a disk on every controller', () => {
  const find = 'for d in /sys/block/*; do d=${d##*/}; echo "$d: $(head -n 1 /dev/$d)"; done; cat /proc/cmdline';
  const drive = (device: string) => ['-drive', `if=none,id=d,format=raw,file=${disk}`, '-device', `${device},drive=d`];
  test.each([
    ['x86_64', 'virtio-pci', 'vda', ['-machine', 'pc'], 'virtio-blk-pci'],
    ['x86_64', 'virtio-pci, legacy', 'vda', ['-machine', 'pc'], 'virtio-blk-pci,disable-modern=on,disable-legacy=off'],
    ['x86_64', 'virtio-mmio', 'vda', ['-machine', 'microvm,acpi=off'], 'virtio-blk-device'],
    ['x86_64', 'AHCI', 'sda', ['-machine', 'q35'], 'ide-hd,bus=ide.0'],
    ['x86_64', 'PIIX', 'sda', ['-machine', 'pc'], 'ide-hd,bus=ide.0'],
    ['x86_64', 'virtio-pci, 2 processors', 'vda', ['-machine', 'q35', '-smp', '2'], 'virtio-blk-pci'],
    ['i686', 'PIIX', 'sda', ['-machine', 'pc'], 'ide-hd,bus=ide.0'],
    ['i686', 'AHCI, 2 processors', 'sda', ['-machine', 'q35', '-smp', '2'], 'ide-hd,bus=ide.0'],
    ['i686', 'virtio-mmio', 'vda', ['-machine', 'microvm,acpi=off'], 'virtio-blk-device'],
  ] as const)('%s: %s', async (arch, _title, name, machine, device) => {
    const said = await boot(arch, find, ...machine, ...drive(device));
    expect(said).toContain(`${name}: VMB-TEST-DISK\n`);
    expect(said).toContain('console=ttyS0,115200 quiet ');
  });
});
