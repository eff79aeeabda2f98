// Watching for a text in bytes that come in pieces.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeWatch } from '../../../runner/command-line/console.ts';

async function isSeen(expected: string, pieces: readonly Buffer[]): Promise<boolean> {
  const watch = makeWatch(expected);
  let seen = false;
  void watch.seen.then(() => {
    seen = true;
  });
  for (const piece of pieces) watch.take(piece);
  await Promise.resolve();
  await Promise.resolve();
  return seen;
}

test('a text is seen exactly when it is in the whole, wherever it is cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ü'), maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(
      text,
      text.filter((wanted) => wanted !== ''),
      fc.array(fc.nat(40)),
      async (whole, wanted, cuts) => {
        const bytes = Buffer.from(whole);
        const places = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort(
          (a, b) => a - b,
        );
        const pieces = places.map((place, index) => bytes.subarray(place, places[index + 1]));
        expect(await isSeen(wanted, pieces)).toBe(whole.includes(wanted));
      },
    ),
  );
});

test('without an expectation nothing is ever seen', async () => {
  const watch = makeWatch(undefined);
  watch.take(Buffer.from('anything'));
  expect(await Promise.race([watch.seen.then(() => 'seen'), Promise.resolve('not seen')])).toBe('not seen');
});
