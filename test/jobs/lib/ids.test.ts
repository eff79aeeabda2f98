// Ids are fixed for a build, and have the forms that tools expect.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUuid, seed, serialOf, uuidOf } from '../../../jobs/lib/ids.ts';

test('never change: images that were made once can be made again', () => {
  const bytes = seed('hello 1 x86_64', ['disk', 'main']);
  expect(bytes).toBe('cd05b6223cf1a6d1ad300e2c4534f40a66d58aaa1e2ad349218b2999a436adcb');
  expect(uuidOf(bytes)).toBe('cd05b622-3cf1-86d1-ad30-0e2c4534f40a');
  expect(serialOf(bytes)).toBe('cd05b622');
});

test('every id is a version 8 UUID of the RFC variant', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.oneof(fc.string(), fc.integer())), (identity, purpose) => {
      const uuid = uuidOf(seed(identity, purpose));
      expect(isUuid(uuid)).toBe(true);
      expect(uuid).toMatch(/^.{14}8.{4}[89ab]/);
    }),
  );
});

test('parts of a purpose do not run together', () => {
  expect(seed('a', ['b', 'c'])).not.toBe(seed('a', ['bc']));
  expect(seed('a', ['1'])).not.toBe(seed('a', [1]));
});

test('a FAT serial number is never 0, which means none', () => {
  expect(serialOf('0000000012')).toBe('00000001');
});
