// Lines of a step's output are the same however its bytes are cut.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { outputLines } from '../../../runner/execution/output-lines.ts';

function linesOf(pieces: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const output = outputLines((line) => lines.push(line));
  for (const piece of pieces) output.push(piece);
  output.finish();
  return lines;
}

test('ends lines at newlines, CRLF and the carriage returns of progress bars', () => {
  expect(linesOf([Buffer.from('one\ntwo\r\n 10%\r 20%\r\nlast')])).toEqual(['one', 'two', ' 10%', ' 20%', 'last']);
});

test('replaces what is not UTF-8, and keeps characters that are cut', () => {
  expect(linesOf([Buffer.from([0x61, 0xff, 0x0a, 0xc3]), Buffer.from([0xa4, 0x0a])])).toEqual(['a\ufffd', 'ä']);
});

test('cuts a line without end at 64 KiB', () => {
  expect(linesOf([Buffer.alloc(70 * 1024, 'x')]).map((line) => line.length)).toEqual([64 * 1024, 6 * 1024]);
});

test('remembers the last lines', () => {
  const output = outputLines(() => {}, 2);
  output.push(Buffer.from('a\nb\nc\n'));
  expect(output.last()).toEqual(['b', 'c']);
});

test('does not depend on how the bytes are cut', () => {
  const bytes = fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'ä', '€') }).map((text) => Buffer.from(text));
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(40)), (whole, cuts) => {
      const places = [...new Set(cuts.map((cut) => Math.min(cut, whole.length)))].sort((a, b) => a - b);
      const pieces = [0, ...places].map((start, index) => whole.subarray(start, places[index] ?? whole.length));
      expect(linesOf(pieces)).toEqual(linesOf([whole]));
    }),
  );
});
