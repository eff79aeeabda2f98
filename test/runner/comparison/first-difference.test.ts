// The first byte, or the first entry, that is not the same.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { firstDifferenceInFolders, firstDifferentByte } from '../../../runner/comparison/first-difference.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-difference-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const different = (one: Uint8Array, other: Uint8Array) => {
  const paths = ['one', 'other'].map((name) => join(folder, name));
  writeFileSync(paths[0] ?? '', one);
  writeFileSync(paths[1] ?? '', other);
  return firstDifferentByte(paths[0] ?? '', paths[1] ?? '');
};

test('bytes: as a plain look at them says', () => {
  const bytes = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(bytes, bytes, bytes, (head, one, other) => {
      const [a, b] = [Buffer.concat([head, one]), Buffer.concat([head, other])];
      const longest = Math.max(a.length, b.length);
      const at = Array.from({ length: longest }, (_, index) => index).find((index) => a[index] !== b[index]);
      expect(different(a, b)).toBe(at);
    }),
    { numRuns: 60 },
  );
});

test('bytes far behind, and a file that ends where a chunk does', () => {
  const long = Buffer.alloc(3 * 1024 * 1024 + 7, 'x');
  const changed = Buffer.from(long);
  changed[2_500_000] = 0;
  expect(different(long, changed)).toBe(2_500_000);
  expect(different(long, long.subarray(0, 1024 * 1024))).toBe(1024 * 1024);
  expect(different(long, Buffer.from(long))).toBeUndefined();
});

test('folders', () => {
  const make = (name: string, change: (path: string) => void) => {
    const path = join(folder, name);
    mkdirSync(join(path, 'etc'), { recursive: true });
    writeFileSync(join(path, 'etc', 'motd'), 'hello');
    symlinkSync('motd', join(path, 'etc', 'link'));
    change(path);
    return path;
  };
  const plain = make('plain', () => {});
  const found = [
    make('same', () => {}),
    make('text', (path) => writeFileSync(join(path, 'etc', 'motd'), 'help')),
    make('mode', (path) => chmodSync(join(path, 'etc', 'motd'), 0o755)),
    make('more', (path) => writeFileSync(join(path, 'zzz'), '')),
    make('less', (path) => rmSync(join(path, 'etc', 'link'))),
    make('kind', (path) => {
      rmSync(join(path, 'etc', 'link'));
      mkdirSync(join(path, 'etc', 'link'));
    }),
    make('target', (path) => {
      rmSync(join(path, 'etc', 'link'));
      symlinkSync('other', join(path, 'etc', 'link'));
    }),
  ].map((path) => firstDifferenceInFolders(plain, path));
  expect(found).toMatchInlineSnapshot(`
    [
      undefined,
      "etc/motd: at byte 3",
      "etc/motd: is executable only once",
      "zzz: is there only once",
      "etc/link: is there only once",
      "etc/link: is a link, and a folder",
      "etc/link: leads elsewhere",
    ]
  `);
});
