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
      "onlyReads": true,
      "title": "pack main:2:/ as root.tar",
      "tools": true,
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "vmb_tools
    vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'ro'
    vmb_inside /mnt '/'
    [ -d "$VMB_PATH" ] || vmb_fail 'main:2:/ is not a folder'
    lost= top="$VMB_PATH"
    if [ -d "$top/lost+found" ] && [ -z "$(ls -A "$top/lost+found")" ]; then lost=--exclude=./lost+found; fi
    vmb_payload_out archive vmb_settled - tar '-c' '-f' '-' '-b' '128' '--format=pax' '--sort=name' '--numeric-owner' '--clamp-mtime' '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' '--xattrs' '--xattrs-include=*' '--acls' "--mtime=@$SOURCE_DATE_EPOCH" -C "$VMB_PATH" $lost .
    "
  `);
});

test('holes only when asked for', () => {
  expect(guestWork(job, { from: 'main:1:/', as: 'esp.tar', sparse: true }, world).script).toContain(" '--sparse' ");
});

test.each([
  ['root.tar.gz', false, 'gzip -n -6'],
  ['root.tgz', false, 'gzip -n -6'],
  ['root.tar.xz', true, 'xz -6 -T 1 -c'],
  ['root.tar.zst', true, 'zstd -q -9 --single-thread -c'],
])('the name %s says how it is compressed', (as, tools, program) => {
  const { effects, script } = guestWork(job, { from: 'main:1:/', as }, world);
  expect(effects.tools ?? false).toBe(tools);
  expect(script.startsWith('vmb_tools\n')).toBe(tools);
  expect(script).toContain(`-C "$VMB_PATH" $lost . || echo > /tmp/failed; } | vmb_payload_out archive ${program}\n`);
});

test.each(['root.tar.bz2', 'root.tar.lz4', 'root.tlzma'])('refuses %s', (as) => {
  expect(mistakeIn(job, { from: 'main:2:/', as }, world)).toBe(
    `as: "${as}" promises a way of compression that tar-out does not have; give it a name that ends with .tar, .tar.gz, .tar.xz or .tar.zst`,
  );
});
