// Which of many reports of bytes on their way are shown.
import { expect, test } from 'vitest';
import { thinTransfers } from '../../../runner/execution/thin-transfers.ts';

function shownOf(steps: readonly (readonly [ms: number, doneBytes: number])[]): number[] {
  const shown: number[] = [];
  let nowMs = 0;
  const take = thinTransfers(
    ({ doneBytes }) => shown.push(doneBytes),
    () => nowMs,
  );
  for (const [ms, doneBytes] of steps) {
    nowMs = ms;
    take({ host: 'joe@build1', direction: 'there', name: 'the job disk', doneBytes, totalBytes: 100 });
  }
  return shown;
}

test('what is over within a second is not shown', () => {
  expect(
    shownOf([
      [0, 0],
      [500, 50],
      [999, 100],
    ]),
  ).toEqual([]);
});

test('what takes longer is shown after a second, every five, and at its end', () => {
  expect(
    shownOf([
      [0, 0],
      [1_000, 10],
      [2_000, 20],
      [5_999, 30],
      [6_000, 40],
      [6_500, 100],
    ]),
  ).toEqual([10, 40, 100]);
});

test('each transfer has a clock of its own', () => {
  expect(
    shownOf([
      [0, 0],
      [900, 100],
      [1_000, 0],
      [1_900, 90],
      [2_000, 95],
    ]),
  ).toEqual([95]);
});
