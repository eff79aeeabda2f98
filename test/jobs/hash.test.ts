// hash: what is hashed, with which program, and which digests cannot be.
import { expect, test } from 'vitest';
import { job } from '../../jobs/hash.ts';
import { formatted, twoPartitions } from './disks.ts';
import { guestWork, mistakeIn, workOf, worldAfter } from './planning.ts';

const world = worldAfter(...formatted);
const digest = 'E3B0C44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('a file, with the digest that it must have', () => {
  const { effects, script } = guestWork(job, { of: "main:2:/it's/$(id)", expect: digest }, world);
  expect(effects).toEqual({
    onlyReads: true,
    title: "hash main:2:/it's/$(id) with sha256 and check that it is e3b0c44298fc1c14…",
  });
  expect(script).toMatchInlineSnapshot(`
    "vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'ro'
    vmb_inside /mnt '/it'\\''s/$(id)'
    [ -f "$VMB_PATH" ] || vmb_fail 'main:2:/it'\\''s/$(id) is not a file'
    digest=$('sha256sum' < "$VMB_PATH")
    digest=\${digest%% *}
    [ "$digest" = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' ] || vmb_fail 'main:2:/it'\\''s/$(id) has the sha256 digest '"$digest"', but the build file expects e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855. Correct \`expect\`, or what comes before this step.'
    vmb_fact 'sha256' "$digest"
    "
  `);
});

test('a whole disk and a partition', () => {
  const blank = worldAfter(...twoPartitions);
  expect(guestWork(job, { of: 'main' }, blank)).toMatchInlineSnapshot(`
    {
      "effects": {
        "onlyReads": true,
        "title": "hash main with sha256",
      },
      "script": "digest=$('sha256sum' < '/dev/vmb/main')
    digest=\${digest%% *}
    vmb_fact 'sha256' "$digest"
    ",
    }
  `);
  expect(guestWork(job, { of: 'main:2', algorithm: 'sha512' }, blank)).toMatchInlineSnapshot(`
    {
      "effects": {
        "onlyReads": true,
        "title": "hash main:2 with sha512",
      },
      "script": "digest=$('sha512sum' < '/dev/vmb/main-part2')
    digest=\${digest%% *}
    vmb_fact 'sha512' "$digest"
    ",
    }
  `);
});

test('of a volume with files these are hashed, and of a disk what lies beside them', () => {
  expect(guestWork(job, { of: 'main:2' }, world)).toMatchInlineSnapshot(`
    {
      "effects": {
        "notes": [
          "of main:2, the files are hashed: the tar that tar-out makes of its root",
        ],
        "onlyReads": true,
        "title": "hash main:2 with sha256",
        "tools": true,
      },
      "script": "vmb_tools
    vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'ro'
    lost= top=/mnt
    if [ -d "$top/lost+found" ] && [ -z "$(ls -A "$top/lost+found")" ]; then lost=--exclude=./lost+found; fi
    digest=$({ vmb_settled - tar '-c' '-f' '-' '-b' '128' '--format=pax' '--sort=name' '--numeric-owner' '--clamp-mtime' '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' '--xattrs' '--xattrs-include=*' '--acls' "--mtime=@$SOURCE_DATE_EPOCH" -C /mnt $lost . || echo > /tmp/failed; } | 'sha256sum')
    [ ! -e /tmp/failed ] || exit 1
    umount /mnt
    digest=\${digest%% *}
    vmb_fact 'sha256' "$digest"
    ",
    }
  `);
  expect(guestWork(job, { of: 'main' }, world)).toMatchInlineSnapshot(`
    {
      "effects": {
        "notes": [
          "of main:1, the files are hashed: the tar that tar-out makes of its root",
          "of main:2, the files are hashed: the tar that tar-out makes of its root",
        ],
        "onlyReads": true,
        "title": "hash main with sha256",
        "tools": true,
      },
      "script": ": > /tmp/digests

    vmb_mount '/dev/vmb/main-part1' '/mnt' 'vfat' 'ro,tz=UTC,codepage=437,iocharset=iso8859-1,utf8=1,shortname=mixed'
    lost=
    digest=$({ tar '-c' '-f' '-' '-b' '128' '--format=pax' '--sort=name' '--numeric-owner' '--clamp-mtime' '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' "--mtime=@$SOURCE_DATE_EPOCH" -C /mnt $lost . || echo > /tmp/failed; } | 'sha256sum')
    [ ! -e /tmp/failed ] || exit 1
    umount /mnt
    printf '%s %s\\n' 1 "\${digest%% *}" >> /tmp/digests
    vmb_tools
    vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'ro'
    lost= top=/mnt
    if [ -d "$top/lost+found" ] && [ -z "$(ls -A "$top/lost+found")" ]; then lost=--exclude=./lost+found; fi
    digest=$({ vmb_settled - tar '-c' '-f' '-' '-b' '128' '--format=pax' '--sort=name' '--numeric-owner' '--clamp-mtime' '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime' '--xattrs' '--xattrs-include=*' '--acls' "--mtime=@$SOURCE_DATE_EPOCH" -C /mnt $lost . || echo > /tmp/failed; } | 'sha256sum')
    [ ! -e /tmp/failed ] || exit 1
    umount /mnt
    printf '%s %s\\n' 2 "\${digest%% *}" >> /tmp/digests
    digest=$(
      {
        dd if='/dev/vmb/main' bs=1M skip=0 count=1048576 iflag=skip_bytes,count_bytes,fullblock status=none
    dd if='/dev/vmb/main' bs=1M skip=133169152 count=1048576 iflag=skip_bytes,count_bytes,fullblock status=none
        cat /tmp/digests
      } | 'sha256sum'
    )
    digest=\${digest%% *}
    vmb_fact 'sha256' "$digest"
    ",
    }
  `);
});

test('an artifact is hashed where it lies', async () => {
  const work = workOf(job, { of: 'artifact:main.img', expect: digest }, world);
  if (work.kind !== 'host') throw new Error('it is no host action');
  expect(work.effects).toEqual({
    title: 'hash artifact:main.img with sha256 and check that it is e3b0c44298fc1c14…',
    inputs: new Map([
      ['bytes', { kind: 'source', source: { kind: 'artifact', name: 'main.img' }, at: ['of'], mayBeFolder: true }],
    ]),
  });
  const facts: string[][] = [];
  const applied = (found: string) =>
    work.apply({
      input: () => '',
      output: () => '',
      listed: () => Promise.reject(new Error('it lists nothing')),
      digest: async () => found,
      fact: (...fact) => facts.push(fact),
      signal: new AbortController().signal,
    });
  await applied(digest.toLowerCase());
  expect(facts).toEqual([['sha256', digest.toLowerCase()]]);
  await expect(applied('00')).rejects.toThrow(
    `artifact:main.img has the sha256 digest 00, but the build file expects ${digest.toLowerCase()}. Correct \`expect\`, or what comes before this step.`,
  );
});

test.each([
  [{}],
  [{ of: '' }],
  [{ of: 'other' }],
  [{ of: 'main:3' }],
  [{ of: 'main:0' }],
  [{ of: 'main:2:etc' }],
  [{ of: 'main:2:/../etc' }],
  [{ of: 'main', algorithm: 'md5' }],
  [{ of: 'main', expect: digest.slice(1) }],
  [{ of: 'main', expect: `${digest.slice(1)}g` }],
  [{ of: 'main', expect: digest, algorithm: 'sha512' }],
  [{ of: 'main', expect: digest + digest }],
])('refuses %j', (options) => {
  expect(mistakeIn(job, options, world)).toMatchSnapshot();
});

test('refuses a file in a volume that is not formatted yet', () => {
  expect(mistakeIn(job, { of: 'main:2:/x' }, worldAfter(...twoPartitions))).toMatchInlineSnapshot(
    `"of: the volume "main:2" has no filesystem here, because no step before this one formats it; put a format before it"`,
  );
});
