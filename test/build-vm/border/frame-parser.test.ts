// The parser: the same lines come out however the bytes are cut.
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatFrame, type Line } from '../../../build-vm/border/frame.ts';
import { frameParser } from '../../../build-vm/border/frame-parser.ts';
import { anyFrame } from './arbitrary-frame.ts';

const nonce = '00112233445566778899aabbccddeeff';

const anyLineBytes = fc.oneof(
  anyFrame.map((frame) => Buffer.from(formatFrame(nonce, frame))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 8_000, max: 17_000 }).map((length) => Buffer.alloc(length, 'x')),
);

const anyConsole = fc
  .array(fc.tuple(anyLineBytes, fc.constantFrom('\n', '\r\n', '\r\r\n')), { maxLength: 6 })
  .map((lines) => Buffer.concat(lines.flatMap(([line, end]) => [line, Buffer.from(end)])));

function parseAtOnce(bytes: Buffer): Line[] {
  const parser = frameParser();
  return [...parser.push(bytes), ...parser.end()];
}

describe('the parser', () => {
  test('gives the same lines for any cut', () => {
    fc.assert(
      fc.property(anyConsole, fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1 }), (bytes, lengths) => {
        const parser = frameParser();
        const lines: Line[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const length = lengths[turn % lengths.length] ?? 1;
          const chunk = Buffer.from(bytes.subarray(at, at + length));
          lines.push(...parser.push(chunk));
          // The caller may use its buffer again.
          chunk.fill(0x2a);
          at += length;
        }
        expect([...lines, ...parser.end()]).toEqual(parseAtOnce(bytes));
      }),
    );
  });

  test('finds every frame between any other lines', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyFrame, fc.stringMatching(/^[a-z .]{0,50}$/))), (pairs) => {
        const text = pairs.map(([frame, noise]) => `${noise}\r\n${formatFrame(nonce, frame)}\r\n`).join('');
        const frames = parseAtOnce(Buffer.from(text)).flatMap((line) => (line.kind === 'frame' ? [line.frame] : []));
        expect(frames).toEqual(pairs.map(([frame]) => frame));
      }),
    );
  });

  test('does not believe a frame whose line end is missing', () => {
    const line = formatFrame(nonce, { channel: 's', sequence: 2, key: '-', type: 'end', body: '-' });
    expect(parseAtOnce(Buffer.from(line))).toEqual([{ kind: 'text', text: line }]);
  });

  test('does not believe a frame that kernel text splices into', () => {
    const line = formatFrame(nonce, { channel: 's', sequence: 2, key: '-', type: 'end', body: '-' });
    const spliced = `${line.slice(0, 20)}[    1.2] Kernel panic - not syncing: x\n${line.slice(20)}\n`;
    expect(parseAtOnce(Buffer.from(spliced)).map(({ kind }) => kind)).toEqual(['text', 'text']);
  });

  test('cuts a line without an end instead of keeping it', () => {
    const lines = parseAtOnce(Buffer.alloc(20_000, 'x'));
    expect(lines.map((line) => (line.kind === 'text' ? line.text.length : 0))).toEqual([8192, 8192, 3616]);
  });
});
