// fetch: where bytes come from, what is said of addresses, and what goes into a volume.
import { expect, test } from 'vitest';
import { job } from '../../jobs/fetch.ts';
import { parseFetchUrl } from '../../jobs/lib/fetch-url.ts';
import { formatted } from './disks.ts';
import { mistakeIn, workOf, worldAfter } from './planning.ts';

const world = worldAfter(...formatted);
const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('a file for other jobs', () => {
  const url = 'https://joe:secret@host/a/root.tar.xz?token=secret';
  const { effects } = workOf(job, { url: [url, 'file:files/root.tar.xz'], sha256, as: 'root' }, world);
  expect(effects).toMatchInlineSnapshot(`
    {
      "as": {
        "at": [
          "as",
        ],
        "name": "root",
      },
      "bringsIn": undefined,
      "fetch": {
        "at": [
          "url",
        ],
        "digest": {
          "algorithm": "sha256",
          "hex": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
        "fileName": "root.tar.xz",
        "kind": "file",
        "mostBytes": 4294967296,
        "retries": 3,
        "urls": [
          {
            "credentials": "joe:secret",
            "href": "https://host/a/root.tar.xz?token=secret",
            "key": "https://host/a/root.tar.xz?f3ac",
            "kind": "http",
            "shown": "https://host/a/root.tar.xz?…",
          },
          {
            "key": "file:files/root.tar.xz",
            "kind": "file",
            "path": "files/root.tar.xz",
            "shown": "file:files/root.tar.xz",
          },
        ],
      },
      "title": "fetch root.tar.xz from https://host/a/root.tar.xz?… or 1 other place",
    }
  `);
});

test('packages into a folder of a volume', () => {
  const { effects } = workOf(
    job,
    { packages: ['bc', 'apt'], essential: true, to: 'main:2:/debs/', mode: '0600' },
    world,
  );
  expect(effects).toMatchInlineSnapshot(`
    {
      "as": undefined,
      "bringsIn": {
        "as": "",
        "at": [
          "to",
        ],
        "attributes": {
          "mode": 384,
        },
        "script": {
          "text": "vmb_mount '/dev/vmb/main-part2' '/mnt' 'ext4' 'rw'
    vmb_make_folder /mnt '/debs/'
    vmb_payload_in files vmb_rooted /mnt "$VMB_PATH" tar '-x' '-f' '-' '-b' '128' '--keep-directory-symlink' '--delay-directory-restore' '--warning=no-timestamp' '--warning=no-record-size' '--numeric-owner' '-p' '--same-owner' '--xattrs' '--xattrs-include=*'",
          "tools": false,
          Symbol(made by sh): true,
        },
        "title": "bring what was fetched to main:2:/debs/",
      },
      "fetch": {
        "at": [
          "packages",
        ],
        "essential": true,
        "kind": "packages",
        "mostBytes": 4294967296,
        "names": [
          "apt",
          "bc",
        ],
        "recommends": false,
        "retries": 3,
      },
      "title": "fetch the Debian packages apt, bc, the essential ones and what they need",
    }
  `);
});

test.each([
  [{ as: 'x' }],
  [{ url: 'file:x' }],
  [{ url: 'file:x', packages: ['apt'], as: 'x' }],
  [{ url: [], as: 'x' }],
  [{ url: 'file:x', as: 'x', sha256: 'abc' }],
  [{ url: 'file:x', as: 'x', sha256: sha256 + sha256 }],
  [{ url: 'file:x', as: 'x', sha256, sha512: sha256 }],
  [{ url: 'file:x', as: 'x', essential: true }],
  [{ url: 'file:x', as: 'x', mode: '0644' }],
  [{ url: 'file:x', as: '../x' }],
  [{ packages: ['apt'], as: 'x', sha256 }],
  [{ packages: ['--foo'], as: 'x' }],
  [{ packages: ['apt-'], as: 'x' }],
  [{ url: 'files/x.tar', as: 'x' }],
  [{ url: 'ftp://joe:secret@host/x', as: 'x' }],
  [{ url: 'https:///joe:secret@', as: 'x' }],
  [{ url: 'file://host/x', as: 'x' }],
  [{ url: 'file:folder/', as: 'x' }],
  [{ url: 'deb:dash', as: 'x' }],
  [{ url: 'deb:-o=1', as: 'x' }],
  [{ url: 'https://host/', to: 'main:2:/srv/' }],
])('mistake: %j', (options) => {
  expect(mistakeIn(job, options, world)).toMatchSnapshot();
});

test('two queries have two marks, and none says what it is', () => {
  const keys = ['a', 'b'].map((value) => parseFetchUrl(`http://host/x?v=${value}`, []).key);
  expect(keys).toEqual(['http://host/x?d763', 'http://host/x?9464']);
});
