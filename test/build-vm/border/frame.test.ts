// Frames: to and from their lines, and whatever is no whole frame is text.
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Frame, formatFrame, parseLine } from '../../../build-vm/border/frame.ts';
import { anyFrame } from './arbitrary-frame.ts';

const nonce = '00112233445566778899aabbccddeeff';

describe('a frame', () => {
  test('looks like this', () => {
    const frame: Frame = { channel: 's', sequence: 1, key: '-', type: 'ready', body: '1 1230' };
    expect(formatFrame(nonce, frame)).toMatchInlineSnapshot(
      `"VMB1 00112233445566778899aabbccddeeff s 1 - ready 1 1230 f2f724b1"`,
    );
  });

  test('comes back from its line as it was', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(parseLine(Buffer.from(formatFrame(nonce, frame)))).toEqual({ kind: 'frame', nonce, frame });
      }),
    );
  });

  test('is text as soon as one byte of it is another', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), fc.integer({ min: 1, max: 255 }), (frame, place, change) => {
        const line = Buffer.from(formatFrame(nonce, frame));
        const at = place % line.length;
        line[at] = (line[at] ?? 0) ^ change;
        expect(parseLine(line).kind).toBe('text');
      }),
    );
  });

  test('is text when its end is missing', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), (frame, cut) => {
        const line = Buffer.from(formatFrame(nonce, frame));
        expect(parseLine(line.subarray(0, cut % line.length)).kind).toBe('text');
      }),
    );
  });

  test('of another protocol version is told from text', () => {
    const line = Buffer.from('VMB2 - s 1 - ready 2 de39024b');
    expect(parseLine(line)).toEqual({ kind: 'other-version', version: 2 });
  });
});

describe('any line', () => {
  test('is read without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(parseLine(Buffer.from(bytes)).kind).toBe('text');
      }),
    );
  });
});
