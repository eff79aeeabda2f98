// Properties of the conversation: any bytes come through, and nothing that is lost, repeated or damaged ever ends in a wrong success.
import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BorderError } from '../../../build-vm/border/border-error.ts';
import { conversation, type Reaction } from '../../../build-vm/border/conversation.ts';
import { type Frame, formatFrame } from '../../../build-vm/border/frame.ts';
import { frameParser } from '../../../build-vm/border/frame-parser.ts';
import { nonce, sessionOf, step } from './scripted-machine.ts';

const keys = ['a'.repeat(32), 'b'.repeat(32)];
const session = sessionOf([step(1, 'first'), step(2, 'second')]);

const anyOutput = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    // What looks like frames, and what compresses.
    fc.constant(
      Buffer.from(`\n${formatFrame(nonce, { channel: 's', sequence: 2, key: '-', type: 'end', body: '-' })}\n`),
    ),
    fc.integer({ min: 3_000, max: 30_000 }).map((length) => Buffer.alloc(length, 'x')),
  ),
  { maxLength: 4 },
);

/** Everything that a guest sends in a session of two steps. */
function transcript(outputs: readonly [readonly Uint8Array[], readonly Uint8Array[]]): string[] {
  const frames: Frame[] = [{ channel: 's', sequence: 1, key: '-', type: 'ready', body: '1 1230' }];
  for (const [index, output] of outputs.entries()) {
    const key = keys[index] ?? '';
    const before = frames.length;
    for (const bytes of output) addBatch(frames, before, key, bytes);
    const body = `${index + 1} 0 ${frames.length - before}`;
    frames.push({ channel: 's', sequence: index + 2, key, type: 'done', body });
  }
  frames.push({ channel: 's', sequence: 4, key: '-', type: 'end', body: '-' });
  return frames.map((frame) => formatFrame(nonce, frame));
}

function addBatch(frames: Frame[], before: number, key: string, bytes: Uint8Array): void {
  const add = (type: string, body: string) =>
    frames.push({ channel: 'o', sequence: frames.length - before + 1, key, type, body });
  if (bytes.length === 0) return;
  if (bytes.length < 2_880) {
    add('out', Buffer.from(bytes).toString('base64'));
    return;
  }
  const packed = gzipSync(bytes).toString('base64');
  add('out-part', packed.slice(0, 8));
  add('out-last', packed.slice(8));
}

/** The output of a session that ended well; undefined when it did not. */
function hear(bytes: Buffer, cutAt: number): readonly string[] | undefined {
  const waiting = [...keys];
  const talk = conversation(session, nonce, () => waiting.shift() ?? '');
  const parser = frameParser();
  const output = ['', ''];
  let ended = false;
  const react = (reaction: Reaction) => {
    if (reaction.kind === 'ended') ended = true;
    if (reaction.kind !== 'event' || reaction.event.type !== 'output') return;
    output[reaction.event.number - 1] += Buffer.from(reaction.event.bytes).toString('hex');
  };
  try {
    for (const piece of [bytes.subarray(0, cutAt), bytes.subarray(cutAt)]) {
      for (const line of parser.push(piece)) for (const reaction of talk.take(line, 0)) react(reaction);
    }
    for (const line of parser.end()) for (const reaction of talk.take(line, 0)) react(reaction);
  } catch (error) {
    if (error instanceof BorderError) return undefined;
    throw error;
  }
  return ended ? output : undefined;
}

const hexOf = (output: readonly Uint8Array[]) => Buffer.concat(output).toString('hex');
const anySession = fc.tuple(anyOutput, anyOutput);

describe('a conversation', () => {
  test('brings any bytes, between any other lines, however they are cut', () => {
    const noise = fc.stringMatching(/^[ -~]{0,30}$/);
    fc.assert(
      fc.property(anySession, fc.array(noise, { minLength: 1 }), fc.nat(), (outputs, noises, cut) => {
        const lines = transcript(outputs).flatMap((line, index) => [noises[index % noises.length] ?? '', line]);
        const bytes = Buffer.from(`${lines.join('\r\n')}\r\n`);
        expect(hear(bytes, cut % bytes.length)).toEqual(outputs.map(hexOf));
      }),
    );
  });

  test('never ends well when a frame is missing', () => {
    fc.assert(
      fc.property(anySession, fc.nat(), (outputs, which) => {
        const lines = transcript(outputs);
        lines.splice(which % lines.length, 1);
        expect(hear(Buffer.from(`${lines.join('\n')}\n`), 0)).toBeUndefined();
      }),
    );
  });

  test('never ends well when a byte of a frame is another, or something splices in', () => {
    fc.assert(
      fc.property(
        anySession,
        fc.nat(),
        fc.stringMatching(/^[ -~]{1,40}$/),
        fc.boolean(),
        (outputs, place, text, splice) => {
          const whole = `${transcript(outputs).join('\n')}\n`;
          const at = place % whole.length;
          const damaged = `${whole.slice(0, at)}${text}${whole.slice(splice ? at : at + text.length)}`;
          const heard = hear(Buffer.from(damaged), 0);
          // Text may come to stand on a line of its own, or equal what was there.
          if (heard !== undefined) expect(heard).toEqual(outputs.map(hexOf));
        },
      ),
    );
  });

  test('never ends well when the end is cut off', () => {
    fc.assert(
      fc.property(anySession, fc.nat(), (outputs, cut) => {
        const whole = Buffer.from(`${transcript(outputs).join('\n')}\n`);
        expect(hear(whole.subarray(0, cut % whole.length), 0)).toBeUndefined();
      }),
    );
  });

  test('ends when a report does not', () => {
    const begin = transcript([[], []]).slice(0, 1);
    const body = Buffer.from('fact a YQ==\n').toString('base64');
    const reports = Array.from({ length: 1025 }, (_, index) => {
      const frame = { channel: 'o', sequence: index + 1, key: keys[0] ?? '', type: 'report', body } as const;
      return formatFrame(nonce, frame);
    });
    const talk = conversation(session, nonce, () => keys[0] ?? '');
    const tell = (lines: readonly string[]) => {
      for (const line of frameParser().push(Buffer.from(`${lines.join('\n')}\n`))) talk.take(line, 0);
    };
    tell([...begin, ...reports.slice(0, 1024)]);
    expect(() => tell(reports.slice(1024))).toThrow('The guest agent sent "a report without an end", which');
  });

  test('does not mind repeated frames', () => {
    fc.assert(
      fc.property(anySession, fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1 }), (outputs, times) => {
        const lines = transcript(outputs);
        const states = lines.map((line) => line.includes(' s '));
        const repeated = lines.flatMap((line, index) =>
          Array.from({ length: states[index] === true ? (times[index % times.length] ?? 1) : 1 }, () => line),
        );
        expect(hear(Buffer.from(`${repeated.join('\n')}\n`), 0)).toEqual(outputs.map(hexOf));
      }),
    );
  });
});
