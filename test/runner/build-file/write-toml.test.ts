// Any table that a build file can hold is the same after writing and reading.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readToml } from '../../../runner/build-file/toml.ts';
import { writeToml } from '../../../runner/build-file/write-toml.ts';

const text = fc.string({ unit: 'binary' }).filter((value) => Buffer.from(value).toString() === value);
const key = fc.oneof(fc.constantFrom('a', 'b-c', '__proto__', 'a b', ''), text);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(key, tie('any'), { maxKeys: 3, noNullPrototype: false }),
  ),
})).any;

/** Without prototypes, which are not the point. */
const plain = (table: unknown): unknown => JSON.parse(JSON.stringify(table));

test('write and read', () => {
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (table) => {
      const read = readToml(writeToml(table));
      expect(read.ok && plain(read.table)).toEqual(plain(table));
    }),
  );
});

test('what is not harmless on a terminal is escaped', () => {
  const text = '\u001b[2J\u007f\u009b1m\u202e\u2028';
  const written = writeToml({ [text]: text });
  expect(written).toBe('"\\u001b[2J\\u007f\\u009b1m\\u202e\\u2028" = "\\u001b[2J\\u007f\\u009b1m\\u202e\\u2028"\n');
  expect(readToml(written)).toMatchObject({ ok: true, table: { [text]: text } });
});
