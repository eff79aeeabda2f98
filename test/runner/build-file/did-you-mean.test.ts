// Which name somebody most likely meant, and when it is better to say nothing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, nearestName, slipsBetween } from '../../../runner/build-file/did-you-mean.ts';

test('the nearest name, as it stands in a sentence', () => {
  expect(didYouMean('fromat', ['run', 'format'])).toBe(' (did you mean "format"?)');
  expect(didYouMean('mkfs', ['run', 'format'])).toBe('');
  expect(didYouMean('x', [])).toBe('');
});

test.each([
  ['fromat', 'format', 1],
  ['formt', 'format', 1],
  ['forrmat', 'format', 1],
  ['farmat', 'format', 1],
  ['', 'abc', 3],
  ['abc', '', 3],
  ['kitten', 'sitting', 3],
])('%j and %j lie %i apart', (a, b, slips) => {
  expect(slipsBetween(a, b)).toBe(slips);
});

test('case is no difference, one letter is not taken for another one', () => {
  expect(nearestName('EXT4', ['ext4'])).toBe('ext4');
  expect(nearestName('a', ['b'])).toBeUndefined();
});

test('long names are not compared, which would take long', () => {
  expect(nearestName('x'.repeat(100_000), ['y'.repeat(100_000)])).toBeUndefined();
});

test('distance is the same both ways, and 0 only for equal names', () => {
  const name = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(slipsBetween(a, b)).toBe(slipsBetween(b, a));
      expect(slipsBetween(a, b) === 0).toBe(a === b);
      expect(slipsBetween(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
