// tar-out: an archive of content only.
import { expect, test } from 'vitest';
import { job } from '../../jobs/tar-out.ts';
import { formatted } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';

const world = worldAfter(...formatted);

test('a folder of ext4', () => {
  const { effects, script } = guestWork(job, { from: 'main:2:/', as: 'root.tar' }, world);
  expect(effects).toMatchInlineSnapshot(`
    {
      "artifacts": [
        {
          "at": [
            "as",
          ],
          "from": {
            "kind": "payload",
            "payload": "archive",
          },
          "name": "root.tar",
        },
      ],
      "title": "pack main:2:/ as root.tar",
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'ro'
    vmb_inside /mnt '/'
    [ -d "$VMB_PATH" ] || vmb_fail 'main:2:/ is not a folder'
    vmb_payload_out archive tar '-c' '-f' '-' '-b' '128' '--format=pax' '--sort=name' '--numeric-owner' '--clamp-mtime' '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' '--xattrs' '--xattrs-include=*' '--acls' "--mtime=@$SOURCE_DATE_EPOCH" -C "$VMB_PATH" .
    "
  `);
});

test('holes only when asked for', () => {
  expect(guestWork(job, { from: 'main:1:/', as: 'esp.tar', sparse: true }, world).script).toContain(" '--sparse' ");
});

test('refuses the name of a compressed archive', () => {
  expect(mistakeIn(job, { from: 'main:2:/', as: 'root.tar.gz' }, world)).toMatchInlineSnapshot(
    `"as: "root.tar.gz" is the name of a compressed archive, but tar-out makes plain ones; give it a name that ends with .tar"`,
  );
});
