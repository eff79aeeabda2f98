// A sentence for every keyword that a job's schema may use, from ajv's own findings.
import { expect, test } from 'vitest';
import { checker, type TSchema, Type } from '../../../jobs/lib/schema.ts';
import { findingsOf } from '../../../runner/build-file/issue-sentence.ts';
import { keywordSentences } from '../../../runner/build-file/keyword-sentences.ts';

const text = Type.String();

const cases: readonly (readonly [keyword: string, schema: TSchema, value: unknown, sentence: string])[] = [
  ['type', text, [1], 'this is a list, but it must be a text; write a text'],
  ['type', text, 1.5, '1.5 is a number, but it must be a text; put it in quotes: "1.5"'],
  ['type', Type.Array(text), 'a', '"a" is a text, but it must be a list of texts; write a list: ["a"]'],
  ['type', Type.Integer(), '12', '"12" is a text, but it must be a whole number; take the quotes off: 12'],
  ['type', Type.Integer(), '12x', '"12x" is a text, but it must be a whole number; write a whole number'],
  ['type', Type.Boolean(), 'yes', '"yes" is a text, but it must be true or false; write true or false'],
  ['type', Type.Object({}), 1, '1 is a whole number, but it must be a table; write a table'],
  [
    'type',
    Type.Unsafe({ type: ['string', 'integer'] }),
    true,
    'true is true or false, but it must be a text or a whole number; write a text or a whole number',
  ],
  [
    'enum',
    Type.Enum(['gpt', 'msdos']),
    'gtp',
    '"gtp" is not possible here (did you mean "gpt"?); use one of: "gpt", "msdos"',
  ],
  ['const', Type.Literal('gpt'), 1, '1 is not possible here; use "gpt"'],
  ['anyOf', Type.Union([text, Type.Literal(0)]), 1, '1 is not possible here; write 0, or a text'],
  [
    'oneOf',
    Type.Unsafe({ oneOf: [{ type: 'string' }, { type: 'boolean' }], description: 'A choice' }),
    1,
    '1 is not possible here, because this is: A choice; write a text, or true or false',
  ],
  [
    'pattern',
    Type.String({ pattern: '^a', description: 'Begins with a', examples: ['ab'] }),
    'b',
    '"b" does not fit, because this is: Begins with a; write it like "ab"',
  ],
  ['minLength', Type.String({ minLength: 1 }), '', 'this text is empty; write more'],
  [
    'minLength',
    Type.String({ minLength: 2 }),
    'a',
    '"a" is too short, because it needs at least 2 characters; write more',
  ],
  [
    'maxLength',
    Type.String({ maxLength: 1 }),
    'ab',
    '"ab" is too long, because it may have at most 1 character; shorten it',
  ],
  ['minimum', Type.Number({ minimum: 1 }), 0, '0 is too small, because it must be at least 1; write a larger number'],
  [
    'exclusiveMinimum',
    Type.Number({ exclusiveMinimum: 0 }),
    0,
    '0 is too small, because it must be more than 0; write a larger number',
  ],
  ['maximum', Type.Number({ maximum: 1 }), 2, '2 is too large, because it must be at most 1; write a smaller number'],
  [
    'exclusiveMaximum',
    Type.Number({ exclusiveMaximum: 1 }),
    1,
    '1 is too large, because it must be less than 1; write a smaller number',
  ],
  ['multipleOf', Type.Integer({ multipleOf: 512 }), 513, '513 is not a multiple of 512; write one that is'],
  ['minItems', Type.Array(text, { minItems: 1 }), [], 'this list is empty; add to it'],
  [
    'minItems',
    Type.Array(text, { minItems: 2 }),
    ['a'],
    'this list is too short, because it needs at least 2 items; add to it',
  ],
  [
    'maxItems',
    Type.Array(text, { maxItems: 1 }),
    ['a', 'b'],
    'this list is too long, because it may have at most 1 item; remove some',
  ],
  [
    'uniqueItems',
    Type.Array(text, { uniqueItems: true }),
    ['a', 'b', 'a'],
    'items 1 and 3 of this list are the same; remove one of them',
  ],
  ['minProperties', Type.Object({}, { minProperties: 1 }), {}, 'this table has too few keys; add to it'],
  [
    'propertyNames',
    Type.Object({}, { propertyNames: { pattern: '^/', description: 'A path' } }),
    { a: 1 },
    '"a" cannot be a key here, because this is: A path; rename it',
  ],
  [
    'other',
    Type.Object({}, { maxProperties: 0 }),
    { a: 1 },
    '{"a":1} does not fit: it must NOT have more than 0 properties; correct it',
  ],
];

test.each(cases)('%s', (_, schema, value, sentence) => {
  const checked = checker(schema)(value);
  const findings = checked.ok ? [] : findingsOf(checked.issues, schema, value);
  const sentences = findings.map(({ what, remedy }) => `${what}; ${remedy}`);
  expect(sentences).toEqual([sentence]);
});

test('every keyword has a case', () => {
  const known = new Set([...keywordSentences.keys(), 'other']);
  expect(new Set(cases.map(([keyword]) => keyword))).toEqual(known);
});
