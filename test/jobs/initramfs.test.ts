// initramfs: a copy with nodes and canonical times, packed in order.
import { expect, test } from 'vitest';
import { job } from '../../jobs/initramfs.ts';
import { formatted } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';

const world = worldAfter(...formatted);

test('with device nodes, compressed', () => {
  const options = {
    from: 'main:2:/root',
    to: 'main:2:/boot/initramfs',
    nodes: ['c 5 1 0600 /dev/console', "b 8 0 0660 /dev/it's"],
    compress: 'gzip',
  };
  const { effects, script } = guestWork(job, options, world);
  expect(effects).toEqual({ title: 'pack main:2:/root as initramfs main:2:/boot/initramfs' });
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'ro'
    vmb_inside /mnt '/root'
    [ -d "$VMB_PATH" ] || vmb_fail 'main:2:/root is not a folder'
    cp -a "$VMB_PATH" /tmp/root
    umount /mnt

    vmb_make_folder '/tmp/root' '/dev'
    mknod -m '0600' "$VMB_PATH"/'console' 'c' 5 1
    vmb_make_folder '/tmp/root' '/dev'
    mknod -m '0660' "$VMB_PATH"/'it'\\''s' 'b' 8 0
    touch -d "@$SOURCE_DATE_EPOCH" /tmp/epoch
    touch -d '@0' /tmp/earliest
    find '/tmp/root' -newer /tmp/epoch -print0 | xargs -0 -r touch -h -d "@$SOURCE_DATE_EPOCH"
    find '/tmp/root' ! -newer /tmp/earliest -print0 | xargs -0 -r touch -h -d '@0'
    cd /tmp/root
    find . -print0 | sort -z | cpio --null --create --format=newc --reproducible --quiet > /tmp/initramfs
    cd /
    gzip -n -9 /tmp/initramfs && mv /tmp/initramfs.gz /tmp/initramfs
    vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'rw'
    vmb_make_folder /mnt '/boot'
    rm -f -- "$VMB_PATH"/'initramfs'
    cat /tmp/initramfs > "$VMB_PATH"/'initramfs'
    "
  `);
});

test('packs plainly unless told otherwise', () => {
  expect(guestWork(job, { from: 'main:2:/', to: 'main:1:/initrd' }, world).script).not.toContain('gzip');
});

test.each([
  [{ nodes: ['console'] }],
  [{ nodes: ['c 5 1 0600 /dev/console', 'p 0 0 0600 /dev/pipe'] }],
  [{ nodes: ['c 5 1 0900 /dev/console'] }],
  [{ nodes: ['c 5 1 0600 /dev/../console'] }],
  [{ nodes: ['c 5 1 0600 /dev/'] }],
  [{ to: 'main:2:/boot/' }],
  [{ compress: 'xz' }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, { from: 'main:2:/root', to: 'main:2:/initramfs', ...options }, world)).toMatchSnapshot();
});
