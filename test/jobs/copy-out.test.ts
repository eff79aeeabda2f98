// copy-out: a file or a folder, followed only within the volume.
import { expect, test } from 'vitest';
import { job } from '../../jobs/copy-out.ts';
import { formatted } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';

const world = worldAfter(...formatted);

test('a folder or a file: the guest finds out which', () => {
  const { effects, script } = guestWork(job, { from: "main:2:/var/it's", as: 'log' }, world);
  expect(effects).toMatchInlineSnapshot(`
    {
      "artifacts": [
        {
          "at": [
            "as",
          ],
          "from": {
            "kind": "unpacked-payload",
            "payload": "files",
          },
          "name": "log",
        },
      ],
      "onlyReads": true,
      "title": "copy main:2:/var/it's out as log",
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'ro'
    vmb_inside /mnt '/var/it'\\''s'
    if [ -d "$VMB_PATH" ]; then
      vmb_payload_out files tar '-c' '-f' '-' '-b' '128' '--format=pax' '--sort=name' '--numeric-owner' '--clamp-mtime' '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' "--mtime=@$SOURCE_DATE_EPOCH" -C "$VMB_PATH" .
    elif [ -f "$VMB_PATH" ]; then
      vmb_payload_out files tar '-c' '-f' '-' '-b' '128' '--format=pax' '--sort=name' '--numeric-owner' '--clamp-mtime' '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' "--mtime=@$SOURCE_DATE_EPOCH" -C "\${VMB_PATH%/*}" -- "\${VMB_PATH##*/}"
    else
      vmb_fail 'main:2:/var/it'\\''s is neither a file nor a folder'
    fi
    "
  `);
});

test.each([['../log'], ['.log'], ['a/b'], ['']])('refuses the artifact %j', (as) => {
  expect(mistakeIn(job, { from: 'main:2:/var', as }, world)).toBe(
    `as: ${JSON.stringify(as)} does not fit, because this is: Name of the artifact: a plain file name, without slashes or a dot in front; write it like "log"`,
  );
});
