// Build files that nobody would write: whatever they hold, an answer comes soon, with places and remedies, and never a crash.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disk } from './jobs.ts';
import { makeReader, type Reader } from './mistakes-in.ts';
import { head } from './tops.ts';

let reader: Reader;
beforeAll(async () => {
  reader = await makeReader();
});
afterAll(() => reader.remove());

const toml = `${head}[vars]\na = "b"\n${disk}[[job]]\nuse = "run"\ncommand = ["a", "\${a}"]\nmount = { "/mnt" = "main:1" }\n`;
const xml = `<?xml version="1.0"?>
<build>
  <build-vm name="a" version="1" arch="x86_64"/>
  <target-vm arch="x86_64" name="x" version="1"/>
  <jobs>
    <create-disk size="64M"/><label type='gpt'/><partition type="primary" start="1M" size="100%"/>
    <format partition="1" type="ext4" label="&lt;a"/>
    <run partition="1"><![CDATA[true && true]]></run>
  </jobs>
</build>
`;
const names = ['build.toml', 'build.xml'] as const;
const line = /^build\.(toml|xml):[1-9]\d*:[1-9]\d*: .+; .+$/;
/** Generous: the machine may be busy; what hangs takes forever. */
const longestMs = 20_000;

async function check(name: string, content: string | Uint8Array): Promise<void> {
  const begun = performance.now();
  const { text } = await reader.read(name, content);
  expect(performance.now() - begun).toBeLessThan(longestMs);
  for (const one of text.split('\n').filter((each) => each !== '' && !/^and \d+ more$/.test(each))) {
    expect(one).toMatch(line);
    expect(one).not.toContain('Internal error');
  }
}

interface Change {
  readonly at: number;
  readonly length: number;
  readonly put: Uint8Array;
}

const pieces = [
  '"',
  "'",
  '[',
  ']',
  '[[',
  '<',
  '/>',
  '&',
  '&#x',
  '=',
  '\n',
  '\r',
  '\0',
  '${',
  '__proto__',
  '\u2028',
  '😀',
  '""',
  '1e999',
  'inf',
];
const put = fc.oneof(
  fc.uint8Array({ maxLength: 4 }),
  fc.constantFrom(...pieces).map((piece) => Buffer.from(piece)),
);
const change: fc.Arbitrary<Change> = fc.record({ at: fc.nat(2000), length: fc.nat(12), put });

function changed(text: string, changes: readonly Change[]): Buffer {
  let bytes = Buffer.from(text);
  for (const { at, length, put: piece } of changes) {
    const begin = at % (bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, begin), piece, bytes.subarray(begin + length)]);
  }
  return bytes;
}

test.each([
  ['build.toml', toml],
  ['build.xml', xml],
])('%s with changes', async (name, text) => {
  expect((await reader.read(name, text)).text).toBe('');
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) =>
      check(name, changed(text, changes)),
    ),
    { numRuns: 400 },
  );
});

test('random bytes and random texts', async () => {
  const content = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' }));
  await fc.assert(fc.asyncProperty(fc.constantFrom(...names), content, check), { numRuns: 300 });
});

const many = 100_000;
const extremes: readonly (readonly [what: string, name: string, content: string | Uint8Array])[] = [
  ['ten megabytes', 'build.toml', Buffer.alloc(10_000_000, 0x20)],
  ['ten megabytes of XML', 'build.xml', Buffer.alloc(10_000_000, 0x3c)],
  ['a byte-order mark', 'build.toml', `\ufeff${toml}`],
  ['a byte-order mark before XML', 'build.xml', `\ufeff${xml}`],
  ['UTF-16', 'build.toml', Buffer.from(toml, 'utf16le')],
  ['UTF-16 in XML', 'build.xml', Buffer.from(`\ufeff${xml}`, 'utf16le')],
  ['a NUL', 'build.toml', `${toml}\0`],
  [
    'lone surrogates',
    'build.toml',
    Buffer.concat([Buffer.from(`${head}[vars]\na = "`), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"\n')]),
  ],
  ['lists in lists', 'build.toml', `${head}x = ${'['.repeat(many)}\n`],
  ['tables in tables', 'build.toml', `${head}x = ${'{a='.repeat(many)}\n`],
  ['a key of a thousand dots', 'build.toml', `${head}${'a.'.repeat(many)}b = 1\n`],
  ['a huge key', 'build.toml', `${head}${'a'.repeat(many)} = 1\n`],
  ['many keys', 'build.toml', `${head}${Array.from({ length: 20_000 }, (_, index) => `a${index} = 1\n`).join('')}`],
  ['many jobs', 'build.toml', `${head}${'[[job]]\nuse = "nothing"\n'.repeat(10_000)}`],
  [
    'many ids',
    'build.toml',
    `${head}${Array.from({ length: 5000 }, (_, index) => `[[job]]\nid = "a${index}"\n`).join('')}`,
  ],
  ['a huge text', 'build.toml', `${head}[[job]]\nuse = "${'x'.repeat(900_000)}"\n`],
  ['many variables in a text', 'build.toml', `${head}[[job]]\nuse = "run"\ncommand = "${'${a}'.repeat(many)}"\n`],
  ['an unended variable, many times', 'build.toml', `${head}[[job]]\nuse = "run"\ncommand = "${'${'.repeat(many)}"\n`],
  ['elements in elements', 'build.xml', '<a>'.repeat(many)],
  ['many elements', 'build.xml', `<build><jobs>${'<run/>'.repeat(many)}</jobs></build>`],
  [
    'many attributes',
    'build.xml',
    `<build ${Array.from({ length: 20_000 }, (_, index) => `a${index}="1"`).join(' ')}/>`,
  ],
  ['a huge attribute', 'build.xml', `<build a="${'x'.repeat(900_000)}"/>`],
  ['many entities', 'build.xml', `<build>${'&amp;'.repeat(many)}</build>`],
];

test.each(extremes)('%s', async (_, name, content) => {
  await check(name, content);
});
