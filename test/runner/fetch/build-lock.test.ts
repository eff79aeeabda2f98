// What is no lock is refused with its line; every lock that is written is read.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyLock, formatBuildLock, parseBuildLock } from '../../../runner/fetch/build-lock.ts';

const hex = 'a'.repeat(64);

test.each([
  'nonsense',
  '  sha256 00 1',
  'epoch 2026-02-30T00:00:00Z',
  'epoch 1979-12-31T23:59:59Z',
  'epoch 2026-01-01T00:00:00+01:00',
  `file x\n  sha256 ${hex}`,
  `file x\n  sha512 ${hex} 1`,
  `packages amd64: a\n  a 1 amd64 1 ${hex} ../../etc/passwd`,
  `packages amd64: a\n  a 1 amd64 1 ${hex} /etc/passwd`,
  `packages amd64: a\n  -a 1 amd64 1 ${hex} pool/a`,
])('%j is no lock', (text) => {
  expect(() => parseBuildLock(text, '/b/build.lock')).toThrow(/^\/b\/build\.lock:[12]:1: ".*["…] is no line of a lock/);
});

test('any text is a lock or refused', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseBuildLock(text, 'l');
      } catch (error) {
        expect(error).toMatchObject({ name: 'RunnerError', code: 'build-file' });
      }
    }),
  );
});

test('an epoch comes back as it was', () => {
  const seconds = fc.integer({ min: Date.UTC(1980, 0) / 1000, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(seconds, (epochSeconds) => {
      expect(parseBuildLock(formatBuildLock({ ...emptyLock, epochSeconds }), 'l').epochSeconds).toBe(epochSeconds);
    }),
  );
});

test('sorted, whatever order it was made in', () => {
  const file = { digest: { algorithm: 'sha256', hex }, sizeBytes: 1 } as const;
  const one = new Map([['file:b', file] as const, ['file:a', file] as const]);
  const text = formatBuildLock({ ...emptyLock, files: one });
  expect(text.indexOf('file:a')).toBeLessThan(text.indexOf('file:b'));
  expect(parseBuildLock(text, 'l').files).toEqual(one);
});
