// run: the root, the mounts and the environment that a command gets.
import { expect, test } from 'vitest';
import { job } from '../../jobs/run.ts';
import { formatted, twoPartitions } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';

const world = worldAfter(...formatted);

test('a text for sh, with volumes', () => {
  const options = { command: 'wc -c /mnt/etc/motd', mount: { '/mnt': 'main:2', '/mnt/boot/': 'main:1' } };
  const { effects, script } = guestWork(job, options, world);
  expect(effects).toEqual({ title: 'run wc -c /mnt/etc/motd', timeoutMs: 3_600_000 });
  expect(script).toMatchInlineSnapshot(`
    "vmb_tools_root '/stage/root'
    vmb_inside '/stage/root' '/mnt'
    point0=$VMB_PATH made0=
    while [ ! -d "$VMB_PATH" ]; do
      made0=$VMB_PATH
      VMB_PATH=\${VMB_PATH%/*}
    done
    vmb_mount '/dev/vmb/main-part2' "$point0" 'ext4' 'rw'
    vmb_inside '/stage/root' '/mnt/boot'
    point1=$VMB_PATH made1=
    while [ ! -d "$VMB_PATH" ]; do
      made1=$VMB_PATH
      VMB_PATH=\${VMB_PATH%/*}
    done
    vmb_mount '/dev/vmb/main-part1' "$point1" 'vfat' 'rw,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    vmb_fence '/stage/root' '--cwd' '/' 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' 'HOME=/root' 'LANG=C.UTF-8' 'LC_ALL=C.UTF-8' 'TZ=UTC0' 'SOURCE_DATE_EPOCH=1767225600' -- 'sh' '-e' '-c' 'wc -c /mnt/etc/motd'
    umount "$point1"
    while [ -n "$made1" ]; do
      rmdir "$point1" 2> /dev/null || break
      [ "$point1" != "$made1" ] || break
      point1=\${point1%/*}
    done
    umount "$point0"
    while [ -n "$made0" ]; do
      rmdir "$point0" 2> /dev/null || break
      [ "$point0" != "$made0" ] || break
      point0=\${point0%/*}
    done
    "
  `);
});

test('a list of words in a volume, with a volume in it', () => {
  const options = {
    command: ['grub-install', "it's", '$(id)'],
    chroot: 'main:2',
    mount: { '/boot/efi': 'main:1' },
    env: { DEBIAN_FRONTEND: 'noninteractive', TZ: 'Europe/Berlin' },
    cwd: '/root/',
    timeout: '90s',
  };
  const { effects, script } = guestWork(job, options, world);
  expect(effects).toEqual({
    title: "run grub-install it's $(id) in main:2",
    timeoutMs: 90_000,
    runsPrograms: { arch: 'x86_64', at: ['chroot'] },
  });
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/stage/root' 'ext4' 'rw'
    vmb_inside '/stage/root' '/boot/efi'
    point0=$VMB_PATH made0=
    while [ ! -d "$VMB_PATH" ]; do
      made0=$VMB_PATH
      VMB_PATH=\${VMB_PATH%/*}
    done
    vmb_mount '/dev/vmb/main-part1' "$point0" 'vfat' 'rw,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    vmb_fence '/stage/root' '--cwd' '/root' 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' 'HOME=/root' 'LANG=C.UTF-8' 'LC_ALL=C.UTF-8' 'TZ=Europe/Berlin' 'SOURCE_DATE_EPOCH=1767225600' 'DEBIAN_FRONTEND=noninteractive' -- 'grub-install' 'it'\\''s' '$(id)'
    umount "$point0"
    while [ -n "$made0" ]; do
      rmdir "$point0" 2> /dev/null || break
      [ "$point0" != "$made0" ] || break
      point0=\${point0%/*}
    done
    "
  `);
});

test('without a fence: a session of its own, and the plan says so', () => {
  const { effects, script } = guestWork(job, { command: 'true', privileged: true }, world);
  expect(effects).toMatchInlineSnapshot(`
    {
      "notes": [
        "not fenced: it could say of itself whatever it likes, so it has a session of its own",
      ],
      "ownSession": true,
      "timeoutMs": 3600000,
      "title": "run true",
    }
  `);
  expect(script).toMatch(
    /^vmb_tools_root '\/stage\/root'\nvmb_fence '\/stage\/root' '--cwd' '\/' '--privileged' 'PATH=/,
  );
});

test.each([
  ['first\nsecond', 'run first …'],
  ['x'.repeat(61), `run ${'x'.repeat(60)} …`],
  ['  spaces  \n', 'run spaces'],
])('%j has the title %j', (command, title) => {
  expect(guestWork(job, { command }, world).effects.title).toBe(title);
});

test.each([
  [{ command: 5 }],
  [{ command: [] }],
  [{ command: 'a\0' }],
  [{ command: 'a', mount: { mnt: 'main:1' } }],
  [{ command: 'a', mount: { '/': 'main:1' } }],
  [{ command: 'a', mount: { '/proc/x': 'main:1' } }],
  [{ command: 'a', mount: { '/a/../b': 'main:1' } }],
  [{ command: 'a', mount: { '/a': 'main:1', '/a/': 'main:2' } }],
  [{ command: 'a', mount: { '/a': 'main:1:/x' } }],
  [{ command: 'a', mount: { '/a': 'main:7' } }],
  [{ command: 'a', env: { 'a-b': 'x' } }],
  [{ command: 'a', cwd: 'mnt' }],
  [{ command: 'a', timeout: '10' }],
  [{ command: 'a', timeout: '200h' }],
  [{ command: 'a', chroot: 'other' }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, options, world)).toMatchSnapshot();
});

test('refuses volumes that are not formatted yet', () => {
  const unformatted = worldAfter(...twoPartitions);
  expect(mistakeIn(job, { command: 'a', chroot: 'main:2' }, unformatted)).toMatchInlineSnapshot(
    `"chroot: the volume "main:2" has no filesystem here, because no step before this one formats it; put a format before it"`,
  );
  expect(mistakeIn(job, { command: 'a', mount: { '/a': 'main:2' } }, unformatted)).toMatchInlineSnapshot(
    `"mount./a: the volume "main:2" has no filesystem here, because no step before this one formats it; put a format before it"`,
  );
});
