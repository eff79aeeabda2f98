// Volumes and places as people write them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JobMistake } from '../../../jobs/lib/mistake.ts';
import { parsePlace, parseVolume } from '../../../jobs/lib/place.ts';

test.each([
  ['main', { disk: 'main', number: 0 }],
  ['main:1', { disk: 'main', number: 1 }],
  ['main:128', { disk: 'main', number: 128 }],
])('the volume %s', (text, volume) => {
  expect(parseVolume(text, [])).toEqual(volume);
});

test.each([
  ['main:/', { disk: 'main', number: 0, path: '/' }],
  ['main:1:/etc/motd', { disk: 'main', number: 1, path: '/etc/motd' }],
  ['main:1:/a:/b', { disk: 'main', number: 1, path: '/a:/b' }],
  ['main:1://./a//b/.', { disk: 'main', number: 1, path: '/a/b/' }],
  ['main:1:/..a/b..', { disk: 'main', number: 1, path: '/..a/b..' }],
])('the place %s', (text, place) => {
  expect(parsePlace(text, [])).toEqual(place);
});

test.each([
  [
    'main:1:x',
    '"main:1:x" names no path, because a place is a volume, a colon and a path that begins with "/"; write it like "main:1:/x"',
  ],
  [
    'main:x',
    '"main:x" names no path, because a place is a volume, a colon and a path that begins with "/"; write it like "main:/x"',
  ],
  [
    'main:',
    '"main:" names no path, because a place is a volume, a colon and a path that begins with "/"; write it like "main:/etc/motd"',
  ],
  [
    ':/x',
    '":/x" names no disk, because a volume is a disk, or a disk, a colon and a partition\'s number; write it like "main" or "main:1"',
  ],
  [
    'main:1:/a\0',
    '"/a\\u0000" cannot be a path here, because paths begin with "/" and hold neither ".." nor NUL; write the whole way from the root of the volume',
  ],
])('refuses the place %j', (text, message) => {
  expect(() => parsePlace(text, [])).toThrow(message);
});

test('any text is a place or a mistake, and a place never leads out', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('main', ':', '1', '/', '.', '..', 'x', '\0', ' ') }), (text) => {
      try {
        const { path } = parsePlace(text, []);
        expect(path.startsWith('/')).toBe(true);
        expect(path.split('/')).not.toContain('..');
        expect(parsePlace(`main:1:${path}`, []).path).toBe(path);
      } catch (error) {
        expect(error).toBeInstanceOf(JobMistake);
      }
    }),
  );
});
