// v86's serial port: every byte gets through once and in order, at the pace of whoever is slower.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paceInput } from '../../../vmm-adapters/lib/v86-input.ts';
import { mostUnreadBytes } from '../../../vmm-adapters/lib/v86-messages.ts';
import { gatherOutput } from '../../../vmm-adapters/lib/v86-output.ts';

test('input: a guest of any pace gets every byte once, and never more than its port holds', () => {
  const reads = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 5 }), reads, (chunks, paces) => {
      const port: number[] = [];
      const got: number[] = [];
      let most = 0;
      let taken = 0;
      const uart = {
        waiting: () => port.length,
        send(bytes: Uint8Array) {
          port.push(...bytes);
          most = Math.max(most, port.length);
        },
      };
      const input = paceInput(uart, () => taken++);
      let turn = 0;
      for (const [index, chunk] of chunks.entries()) {
        input.give(chunk);
        for (let left = true; left; turn++) {
          left = input.pump().left;
          // Every so often a guest reads something.
          got.push(...port.splice(0, (paces[turn % paces.length] ?? 0) + (turn % 7 === 0 ? 1 : 0)));
        }
        expect(taken).toBe(index + 1);
      }
      got.push(...port);
      expect(Buffer.from(got)).toEqual(Buffer.concat(chunks));
      expect(most).toBeLessThanOrEqual(256);
    }),
  );
});

test('input: says when nothing can be moved, so that nobody asks in vain at full speed', () => {
  const input = paceInput({ waiting: () => 256, send: () => undefined }, () => undefined);
  expect(input.pump()).toEqual({ left: false, moved: false });
  input.give(Uint8Array.of(1));
  expect(input.pump()).toEqual({ left: true, moved: false });
});

test('output: what a turn prints is one message, and nothing is lost or repeated', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 6 }), (turns) => {
      const unread = new Int32Array(new SharedArrayBuffer(4));
      const sent: Buffer[] = [];
      const waiting: (() => void)[] = [];
      const send = (bytes: Uint8Array) => {
        sent.push(Buffer.from(bytes));
        Atomics.sub(unread, 0, bytes.length);
      };
      const output = gatherOutput(unread, send, (flush) => waiting.push(flush));
      for (const bytes of turns) {
        for (const byte of bytes) output.add(byte);
        for (const flush of waiting.splice(0)) flush();
        expect(Buffer.concat(sent).length).toBe(sent.reduce((sum, { length }) => sum + length, 0));
      }
      expect(Buffer.concat(sent)).toEqual(Buffer.concat(turns));
      expect(Atomics.load(unread, 0)).toBe(0);
      expect(sent.length).toBeLessThanOrEqual(
        turns.reduce((sum, { length }) => sum + Math.ceil((length + 1) / 16384), 0),
      );
    }),
  );
});

test('output: counts what nobody has read yet', () => {
  const unread = new Int32Array(new SharedArrayBuffer(4));
  const output = gatherOutput(
    unread,
    () => undefined,
    () => undefined,
  );
  for (let byte = 0; byte < mostUnreadBytes; byte++) output.add(0);
  output.flush();
  expect(Atomics.load(unread, 0)).toBe(mostUnreadBytes);
});
