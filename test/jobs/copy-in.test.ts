// copy-in: what goes in under which name, and what FAT cannot keep.
import { expect, test } from 'vitest';
import { job } from '../../jobs/copy-in.ts';
import { formatted, twoPartitions } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';

const world = worldAfter(...formatted);

test('a file under another name', () => {
  const { effects, script } = guestWork(job, { from: 'files/motd', to: 'main:2:/etc/motd' }, world);
  expect(effects).toMatchInlineSnapshot(`
    {
      "payloadsIn": [
        {
          "as": "motd",
          "at": [
            "from",
          ],
          "attributes": {},
          "kind": "tree",
          "name": "files",
          "source": {
            "kind": "file",
            "path": "files/motd",
          },
        },
      ],
      "title": "copy files/motd to main:2:/etc/motd",
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'rw'
    vmb_make_folder /mnt '/etc'
    vmb_payload_in files vmb_rooted /mnt "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '-p' '--same-owner' '--xattrs' '--xattrs-include=*'
    "
  `);
});

test.each([
  ['main:2:/etc/', '/etc/', ''],
  ['main:2:/', '/', ''],
  ['main:2:/motd', '/', 'motd'],
  ['main:2://a/./b//c', '/a/b', 'c'],
  ["main:2:/it's/$(id)\n", "/it's", '$(id)\n'],
])('to %j goes below %j as %j', (to, folder, as) => {
  const { effects, script } = guestWork(job, { from: 'files', to }, world);
  expect(effects.payloadsIn?.[0]).toMatchObject({ kind: 'tree', as });
  expect(script).toContain(`vmb_make_folder /mnt '${folder.replaceAll("'", "'\\''")}'\n`);
});

test('a text with attributes', () => {
  const options = {
    content: 'hello\n',
    to: 'main:2:/etc/motd',
    mode: '4755',
    owner: '1000:100',
    xattrs: { 'user.origin': 'vmb', 'user.hex': '0x00fF', 'user.base64': '0sAP8=', 'user.quoted': '"0x00"' },
  };
  expect(guestWork(job, options, world).effects.payloadsIn).toMatchInlineSnapshot(`
    [
      {
        "as": "motd",
        "at": [
          "content",
        ],
        "attributes": {
          "gid": 100,
          "mode": 2541,
          "uid": 1000,
          "xattrs": {
            "user.base64": "00ff",
            "user.hex": "00ff",
            "user.origin": "766d62",
            "user.quoted": "30783030",
          },
        },
        "kind": "text",
        "name": "files",
        "text": "hello
    ",
      },
    ]
  `);
});

test.each([
  ['root', 0, 0],
  ['root:5', 0, 5],
  ['0:0', 0, 0],
  ['70000:root', 70000, 0],
])('owner %s', (owner, uid, gid) => {
  const { effects } = guestWork(job, { from: 'files', to: 'main:2:/x', owner }, world);
  expect(effects.payloadsIn?.[0]).toMatchObject({ attributes: { uid, gid } });
});

test('into FAT: no owners, modes and attributes', () => {
  const { script } = guestWork(job, { from: 'vmb:busybox', to: 'main:1:/EFI/busybox' }, world);
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part1' '/mnt' 'vfat' 'rw,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    vmb_make_folder /mnt '/EFI'
    vmb_payload_in files vmb_rooted /mnt "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '--no-same-permissions' '--no-same-owner'
    "
  `);
});

test.each([
  [{ to: 'main:2:/x' }],
  [{ to: 'main:2:/x', from: 'a', content: 'b' }],
  [{ to: 'main:2:/x/', content: 'b' }],
  [{ to: 'main:2:/x', content: 'b', substitute: true }],
  [{ to: 'main:2:/x', content: 'a\0b' }],
  [{ to: 'main:2', from: 'a' }],
  [{ to: 'main:2:x', from: 'a' }],
  [{ to: 'main:2:/a/../b', from: 'a' }],
  [{ to: 'main:0:/a', from: 'a' }],
  [{ to: ':/a', from: 'a' }],
  [{ to: '', from: 'a' }],
  [{ to: 'main:3:/a', from: 'a' }],
  [{ to: 'main:2:/x', from: 'a', mode: '0855' }],
  [{ to: 'main:2:/x', from: 'a', mode: 493 }],
  [{ to: 'main:2:/x', from: 'a', owner: 'daemon' }],
  [{ to: 'main:2:/x', from: 'a', owner: '1000' }],
  [{ to: 'main:2:/x', from: 'a', owner: '4294967295:0' }],
  [{ to: 'main:2:/x', from: 'a', xattrs: { origin: 'x' } }],
  [{ to: 'main:2:/x', from: 'a', xattrs: { 'user.a': '0x012' } }],
  [{ to: 'main:2:/x', from: 'a', xattrs: { 'user.a': '0xgg' } }],
  [{ to: 'main:2:/x', from: 'a', xattrs: { 'user.a': '0s!' } }],
  [{ to: 'main:1:/x', from: 'a', mode: '0755' }],
  [{ to: 'main:1:/x', from: 'a', owner: 'root' }],
  [{ to: 'main:1:/x', from: 'a', xattrs: { 'user.origin': 'x' } }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, options, world)).toMatchSnapshot();
});

test('refuses a volume that is not formatted yet', () => {
  expect(mistakeIn(job, { from: 'a', to: 'main:2:/x' }, worldAfter(...twoPartitions))).toMatchInlineSnapshot(
    `"to: the volume "main:2" has no filesystem here, because no step before this one formats it; put a format before it"`,
  );
});
