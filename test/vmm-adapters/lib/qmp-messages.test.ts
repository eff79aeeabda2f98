// QMP messages, however the bytes come.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeQmpReader, type QmpMessage } from '../../../vmm-adapters/lib/qmp-messages.ts';

const spoken = [
  '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian"}, "capabilities": ["oob"]}}',
  '{"return": {}}',
  'not a message',
  '{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}',
  '[1]',
  '{"event": "STOP", "timestamp": {}}',
  '{"id": 7, "error": {"class": "CommandNotFound", "desc": "The command “x” has not been found"}}',
  '{"error": 1}',
  '{"event": 5}',
].map((line) => `${line}\r\n`);

const understood: QmpMessage[] = [
  { kind: 'greeting' },
  { kind: 'return', value: {} },
  { kind: 'event', name: 'SHUTDOWN', data: { guest: true, reason: 'guest-reset' } },
  { kind: 'event', name: 'STOP', data: {} },
  { kind: 'error', message: 'The command “x” has not been found' },
  { kind: 'error', message: '{"error": 1}\r' },
];

test('every kind of message; what is none is left out', () => {
  expect(makeQmpReader().take(spoken.join(''))).toEqual(understood);
});

test('any cut of the bytes, in the middle of a character too', () => {
  const bytes = Buffer.from(spoken.join(''));
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const reader = makeQmpReader();
      const got = places.flatMap((place, index) => reader.take(bytes.subarray(place, places[index + 1] ?? place)));
      expect(got).toEqual(understood);
    }),
  );
});

test('any lines are survived', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.json())), (lines) => {
      expect(
        makeQmpReader()
          .take(`${lines.join('\n')}\n${spoken[0]}`)
          .at(-1),
      ).toEqual({ kind: 'greeting' });
    }),
  );
});
