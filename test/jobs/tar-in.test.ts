// tar-in: everything that an archive holds is kept, where the volume can.
import { expect, test } from 'vitest';
import { job } from '../../jobs/tar-in.ts';
import { formatted } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';

const world = worldAfter(...formatted);

test('into ext4', () => {
  const { effects, script } = guestWork(job, { from: 'files/root.tar', to: 'main:2:/' }, world);
  expect(effects).toMatchInlineSnapshot(`
    {
      "notes": [],
      "payloadsIn": [
        {
          "at": [
            "from",
          ],
          "kind": "raw",
          "name": "archive",
          "source": {
            "kind": "file",
            "path": "files/root.tar",
          },
        },
      ],
      "title": "unpack files/root.tar in main:2:/",
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'rw'
    vmb_inside /mnt '/'
    mkdir -p -- "$VMB_PATH"
    vmb_payload_in archive tar -C "$VMB_PATH" '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--warning=no-timestamp' '--warning=no-record-size' '-p' '--numeric-owner' '--same-owner' '--xattrs' '--xattrs-include=*' '--acls'
    "
  `);
});

test('into FAT, with nothing that it cannot keep', () => {
  expect(guestWork(job, { from: 'artifact:x.tar', to: 'main:1:/sub' }, world).script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part1' '/mnt' 'vfat' 'rw,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    vmb_inside /mnt '/sub'
    mkdir -p -- "$VMB_PATH"
    vmb_payload_in archive tar -C "$VMB_PATH" '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--warning=no-timestamp' '--warning=no-record-size' '--no-same-permissions' '--no-same-owner'
    "
  `);
});

test.each([['root.tar.gz'], ['root.tgz'], ['files/a.tar.xz'], ['a.deb']])('refuses %s', (from) => {
  expect(mistakeIn(job, { from, to: 'main:2:/' }, world)).toBe(
    `from: "${from}" is compressed, but tar-in reads plain tar archives only; unpack it to a .tar file first`,
  );
});
