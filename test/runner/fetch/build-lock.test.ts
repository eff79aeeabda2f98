// What is no lock is refused with its line; every lock that is written is read.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatBuildLock, parseBuildLock } from '../../../runner/fetch/build-lock.ts';

const hex = 'a'.repeat(64);

test.each([
  'nonsense',
  '  sha256 00 1',
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

test('sorted, whatever order it was made in', () => {
  const file = { digest: { algorithm: 'sha256', hex }, sizeBytes: 1 } as const;
  const one = new Map([['file:b', file] as const, ['file:a', file] as const]);
  const text = formatBuildLock({ files: one, packages: new Map() });
  expect(text.indexOf('file:a')).toBeLessThan(text.indexOf('file:b'));
  expect(parseBuildLock(text, 'l').files).toEqual(one);
});
