// Differences of listed images, folders and files: each kind found, nothing found in what is equal, and how they read.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceLines, differencesOf } from '../../../jobs/lib/difference.ts';
import type { Listed, ListedEntry } from '../../../jobs/lib/listed.ts';

const digest = (digit: string) => digit.repeat(64);
const file = (digit: string, more: Partial<ListedEntry> = {}): ListedEntry => ({
  type: 'file',
  sizeBytes: 5,
  sha256: digest(digit),
  mode: '644',
  owner: '0:0',
  ...more,
});

function image(entries: Readonly<Record<string, ListedEntry>>, more: Partial<Listed> = {}): Listed {
  return {
    kind: 'image',
    table: ['label: gpt', 'partition 1 : start=2048, size=100'],
    volumes: new Map([[1, { facts: ['TYPE=ext4'], entries: new Map(Object.entries(entries)) }]]),
    ...more,
  };
}

const linesOf = (one: Listed, other: Listed) => differenceLines(differencesOf(one, other));

test('every property of a file, and what only one of them has', () => {
  const one = image({
    '': { type: 'folder', mode: '755', owner: '0:0' },
    'bin/sh': { type: 'link', target: 'dash', owner: '0:0' },
    'dev/null': { type: 'character device', mode: '666', owner: '0:0', device: '1:3' },
    'etc/content': file('a'),
    'etc/gone': file('a'),
    'etc/owner': file('a', { mode: '4755', xattrs: new Map([['user.a', '01']]) }),
    'etc/type': file('a'),
  });
  const other = image({
    '': { type: 'folder', mode: '700', owner: '0:0' },
    'bin/sh': { type: 'link', target: 'busybox', owner: '0:0' },
    'dev/null': { type: 'character device', mode: '666', owner: '0:0', device: '1:5' },
    'etc/content': file('b', { sizeBytes: 6 }),
    'etc/new': { type: 'pipe' },
    'etc/owner': file('a', { mode: '755', owner: '1:2', xattrs: new Map([['user.b', 'ff'.repeat(40)]]) }),
    'etc/type': { type: 'folder', mode: '644', owner: '0:0' },
  });
  expect(linesOf(one, other)).toMatchInlineSnapshot(`
    [
      "1:/: mode: 755, and 700",
      "1:/bin/sh: target: dash, and busybox",
      "1:/dev/null: device: 1:3, and 1:5",
      "1:/etc/content: content: 5 bytes, sha256 aaaaaaaaaaaaaaaa…, and 6 bytes, sha256 bbbbbbbbbbbbbbbb…",
      "1:/etc/gone: only in the first (file)",
      "1:/etc/new: only in the second (pipe)",
      "1:/etc/owner: mode: 4755, and 755",
      "1:/etc/owner: owner: 0:0, and 1:2",
      "1:/etc/owner: xattr: only in the first (user.a=0x01)",
      "1:/etc/owner: xattr: only in the second (user.b=0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff…)",
      "1:/etc/type: type: file, and folder",
    ]
  `);
});

test('tables, volumes and filesystems', () => {
  const one = image({}, { table: ['label: gpt', 'partition 1 : start=2048, size=100', 'partition 2 : start=4096'] });
  const volumes = new Map([
    [1, { facts: ['TYPE=ext4', 'LABEL=root'], entries: new Map() }],
    [2, { facts: [], sha256: digest('c'), entries: new Map() }],
  ]);
  const other = image({}, { table: ['label: gpt', 'partition 1 : start=2048, size=200'], volumes });
  expect(linesOf(one, other)).toMatchInlineSnapshot(`
    [
      "table: partition 1 : start=2048, size=100, and partition 1 : start=2048, size=200",
      "table: only in the first (partition 2 : start=4096)",
      "volume 1: filesystem: only in the second (LABEL=root)",
      "volume 2: only in the second (is there)",
    ]
  `);
  const third = {
    ...other,
    volumes: new Map([...volumes, [2, { facts: [], sha256: digest('d'), entries: new Map() }]]),
  };
  expect(linesOf(other, third)).toMatchInlineSnapshot(`
    [
      "volume 2: bytes: sha256 cccccccccccccccc…, and sha256 dddddddddddddddd…",
    ]
  `);
});

test('of a volume that could be mounted in one of them only, the files are not told', () => {
  const unreadable = { facts: ['TYPE=ext4'], sha256: digest('e'), entries: new Map() };
  const other = image({}, { volumes: new Map([[1, unreadable]]) });
  expect(linesOf(image({ 'a/b': file('a') }), other)).toEqual([
    'volume 1: bytes: a filesystem that could be mounted, and sha256 eeeeeeeeeeeeeeee…',
  ]);
});

test('a file has no path of its own, and a folder is no image', () => {
  const single = (digit: string): Listed => ({
    kind: 'file',
    table: [],
    volumes: new Map([[0, { facts: [], entries: new Map([['', file(digit)]]) }]]),
  });
  expect(linesOf(single('a'), single('b'))).toMatchInlineSnapshot(`
    [
      "content: 5 bytes, sha256 aaaaaaaaaaaaaaaa…, and 5 bytes, sha256 bbbbbbbbbbbbbbbb…",
    ]
  `);
  expect(linesOf(single('a'), image({}))).toMatchInlineSnapshot(`
    [
      "type: file, and image",
    ]
  `);
});

const anyEntry: fc.Arbitrary<ListedEntry> = fc.record({
  type: fc.constantFrom('file', 'folder', 'link'),
  sha256: fc.constantFrom(digest('a'), digest('b')),
  mode: fc.constantFrom('644', '755'),
  owner: fc.constantFrom('0:0', '1:1'),
  target: fc.string(),
  xattrs: fc.dictionary(fc.string(), fc.constantFrom('00', '01')).map((values) => new Map(Object.entries(values))),
});
const anyImage = fc.dictionary(fc.string(), anyEntry).map((entries) => image(entries));

test('nothing differs in what is equal, and both directions find the same things', () => {
  fc.assert(
    fc.property(anyImage, anyImage, (one, other) => {
      expect(differencesOf(one, structuredClone(one))).toEqual([]);
      const turned = differencesOf(other, one).map(({ one: left, other: right, ...rest }) => ({
        ...rest,
        one: right,
        other: left,
      }));
      expect(turned).toEqual(differencesOf(one, other));
    }),
  );
});

test('no name of a guest begins another line, or reaches a terminal as it is', () => {
  const hostile = 'a\n1:/etc/shadow: mode: 600, and 644\u001b[2J\u009b1m\u202e';
  expect(linesOf(image({ [Buffer.from(hostile).toString('latin1')]: file('a') }), image({}))).toEqual([
    '1:/a\\x0a1:/etc/shadow: mode: 600, and 644\\x1b[2J\\x9b1m\\u202e: only in the first (file)',
  ]);
});
