// Text of unknown origin on a terminal: nothing in it moves the cursor, hides or turns text.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableLines, quoted } from '../../runner/printable.ts';

test.each([
  ['plain text, ümläuts, 漢字, 🙂', 'plain text, ümläuts, 漢字, 🙂'],
  ['\u001b[2J\u001b]0;title\u0007', '\\x1b[2J\\x1b]0;title\\x07'],
  ['\u009b31m', '\\x9b31m'],
  ['a\tb\rc\nd', 'a b\\x0dc\\x0ad'],
  ['\u202etxt.exe', '\\u202etxt.exe'],
  ['\u0000\u007f', '\\x00\\x7f'],
])('%j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

test('line ends stay where lines are wanted', () => {
  expect(printableLines('a\nb\u0008\n')).toBe('a\nb\\x08\n');
});

test.each([
  ['64MB', '"64MB"'],
  [64, '64'],
  [true, 'true'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [undefined, 'undefined'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  ['\u009b\n"', '"\\x9b\\n\\""'],
  ['x'.repeat(200), `"${'x'.repeat(79)}…`],
])('%j is quoted as %s', (value, expected) => {
  expect(quoted(value)).toBe(expected);
});

test('no control character comes through', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      expect(quoted(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    }),
  );
});
