// The root's entries and their text in gen_init_cpio's list format.
import { expect, test } from 'vitest';
import { formatCpioList, type RootParts, rootEntries } from '../../../build-vm/make/initramfs-list.ts';

const parts: RootParts = {
  programs: [
    { path: '/bin/tar', from: 'tar' },
    { path: '/usr/sbin/mke2fs', from: 'e2fsprogs', links: ['mkfs.ext4'] },
  ],
  packageFiles: new Map([
    ['/bin/busybox', '/unpacked/bin/busybox'],
    ['/bin/tar', '/unpacked/bin/tar'],
    ['/usr/sbin/mke2fs', '/unpacked/usr/sbin/mke2fs'],
    ['/etc/mke2fs.conf', '/unpacked/etc/mke2fs.conf'],
    ['/lib64/ld-linux-x86-64.so.2', '/unpacked/lib/ld.so'],
  ]),
  applets: ['[', 'ash', 'cat', 'mke2fs', 'mkfs.ext4', 'tar', 'time'],
  guestFiles: new Map([
    ['init', { file: '/guest/init', isScript: true }],
    ['lib/frames', { file: '/guest/lib/frames', isScript: false }],
  ]),
};

test('sorted, with the folders above each file, real programs instead of applets, and scripts executable', () => {
  expect(formatCpioList(rootEntries(parts), (entry) => `stage${entry.path}`)).toMatchInlineSnapshot(`
    "dir /bin 0755 0 0
    slink /bin/[ busybox 0777 0 0
    file /bin/busybox stage/bin/busybox 0755 0 0
    slink /bin/cat busybox 0777 0 0
    file /bin/tar stage/bin/tar 0755 0 0
    dir /dev 0755 0 0
    nod /dev/console 0600 0 0 c 5 1
    nod /dev/null 0666 0 0 c 1 3
    dir /etc 0755 0 0
    file /etc/group stage/etc/group 0644 0 0
    file /etc/mke2fs.conf stage/etc/mke2fs.conf 0644 0 0
    slink /etc/mtab /proc/self/mounts 0777 0 0
    file /etc/passwd stage/etc/passwd 0644 0 0
    slink /init /vmb/init 0777 0 0
    dir /lib64 0755 0 0
    file /lib64/ld-linux-x86-64.so.2 stage/lib64/ld-linux-x86-64.so.2 0755 0 0
    dir /mnt 0755 0 0
    dir /proc 0555 0 0
    dir /root 0700 0 0
    dir /run 0755 0 0
    dir /sys 0555 0 0
    dir /tmp 1777 0 0
    dir /usr 0755 0 0
    dir /usr/sbin 0755 0 0
    file /usr/sbin/mke2fs stage/usr/sbin/mke2fs 0755 0 0
    slink /usr/sbin/mkfs.ext4 mke2fs 0777 0 0
    dir /vmb 0755 0 0
    file /vmb/init stage/vmb/init 0755 0 0
    dir /vmb/lib 0755 0 0
    file /vmb/lib/frames stage/vmb/lib/frames 0644 0 0
    "
  `);
});

test('the order in which parts come does not matter', () => {
  const reversed: RootParts = {
    programs: parts.programs.toReversed(),
    packageFiles: new Map([...parts.packageFiles].reverse()),
    applets: parts.applets.toReversed(),
    guestFiles: new Map([...parts.guestFiles].reverse()),
  };
  expect(rootEntries(reversed)).toEqual(rootEntries(parts));
});

test.each(['my script', 'a\tb', 'a\nb', 'price$5', 'grüße'])('a guest file named %j is refused', (name) => {
  const guestFiles = new Map([[name, { file: '/guest/x', isScript: true }]]);
  expect(() => formatCpioList(rootEntries({ ...parts, guestFiles }), () => 'stage/x')).toThrow(
    `${JSON.stringify(`/vmb/${name}`)}: this name cannot go into the initramfs, because its list format has no quoting. Rename it with letters, digits, dots and dashes only.`,
  );
});
