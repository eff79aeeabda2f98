// hash: what is hashed, with which program, and which digests cannot be.
import { expect, test } from 'vitest';
import { job } from '../../jobs/hash.ts';
import { formatted, twoPartitions } from './disks.ts';
import { guestWork, mistakeIn, worldAfter } from './planning.ts';

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

test.each(['main', 'main:2'])('the plan says that the bytes of %s depend on history', (of) => {
  expect(guestWork(job, { of }, world).effects.notes).toEqual([
    'a filesystem under construction has other bytes after another history, until export lays it out afresh',
  ]);
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
