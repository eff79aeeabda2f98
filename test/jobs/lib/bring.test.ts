// What carries files between volumes and host actions.
import { expect, test } from 'vitest';
import { bringInPayloads, bringInScript, bringOutScript, parted } from '../../../jobs/lib/bring.ts';
import { formatted } from '../disks.ts';
import { worldAfter } from '../planning.ts';

const world = worldAfter(...formatted);
const places = new Map([
  ['kernel', world.place('main:2:/boot/vmlinuz', [])],
  ['initramfs', world.place("main:2:/it's", [])],
  ['splash', world.place('main:1:/splash.bmp', [])],
]);

test('brings files out, each volume mounted once', () => {
  expect(bringOutScript(places).text).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt/1' 'ext4' 'ro'
    vmb_inside '/mnt/1' '/boot/vmlinuz'
    [ -f "$VMB_PATH" ] || vmb_fail 'main:2:/boot/vmlinuz is not a file'
    vmb_payload_out 'kernel' cat -- "$VMB_PATH"
    vmb_inside '/mnt/1' '/it'\\''s'
    [ -f "$VMB_PATH" ] || vmb_fail 'main:2:/it'\\''s is not a file'
    vmb_payload_out 'initramfs' cat -- "$VMB_PATH"
    vmb_mount '/dev/vmb/main-part1' '/mnt/2' 'vfat' 'ro,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    vmb_inside '/mnt/2' '/splash.bmp'
    [ -f "$VMB_PATH" ] || vmb_fail 'main:1:/splash.bmp is not a file'
    vmb_payload_out 'splash' cat -- "$VMB_PATH""
  `);
});

test('brings files in, folders on the way made', () => {
  expect(bringInScript(places).text).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt/1' 'ext4' 'rw'
    vmb_make_folder '/mnt/1' '/boot'
    vmb_payload_in 'kernel' vmb_rooted '/mnt/1' "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '-p' '--same-owner' '--xattrs' '--xattrs-include=*'
    vmb_make_folder '/mnt/1' '/'
    vmb_payload_in 'initramfs' vmb_rooted '/mnt/1' "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '-p' '--same-owner' '--xattrs' '--xattrs-include=*'
    vmb_mount '/dev/vmb/main-part1' '/mnt/2' 'vfat' 'rw,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    vmb_make_folder '/mnt/2' '/'
    vmb_payload_in 'splash' vmb_rooted '/mnt/2' "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '--no-same-permissions' '--no-same-owner'"
  `);
  expect(bringInPayloads(places).map((payload) => 'as' in payload && payload.as)).toEqual([
    'vmlinuz',
    "it's",
    'splash.bmp',
  ]);
});

test.each([
  ['/', '/', ''],
  ['/a', '/', 'a'],
  ['/a/b', '/a', 'b'],
  ['/a/b/', '/a', 'b'],
])('%s is %s and %s', (path, parent, base) => {
  expect(parted(path)).toEqual({ parent, base });
});
