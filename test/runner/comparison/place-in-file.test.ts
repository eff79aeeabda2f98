// Where a byte lies, for people: real archives, and disks as plans know them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Disk } from '../../../jobs/lib/disk.ts';
import { placeInFile, placeOnDisk } from '../../../runner/comparison/place-in-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-place-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(['ustar', 'pax'])('members of an archive of the format %s', (format) => {
  const tree = join(folder, format);
  const long = `a-name-of-${'x'.repeat(format === 'pax' ? 120 : 60)}`;
  mkdirSync(tree);
  writeFileSync(join(tree, 'first'), 'FIRST CONTENT');
  writeFileSync(join(tree, long), 'SECOND CONTENT');
  const path = join(folder, `${format}.tar`);
  execFileSync('tar', ['--format', format, '-C', tree, '-cf', path, 'first', long]);
  const bytes = readFileSync(path);
  for (const [text, name] of [
    ['FIRST', 'first'],
    ['SECOND', long],
    [long.slice(0, 90), long],
  ] as const) {
    const at = bytes.indexOf(text);
    expect(placeInFile(path, at)).toBe(`in its member "${name}" (byte ${at} of the archive)`);
  }
  expect(placeInFile(path, bytes.length - 1)).toBe(`at byte ${bytes.length - 1}`);
});

test('what is no archive, or only begins like one', () => {
  const path = join(folder, 'other');
  writeFileSync(path, 'no archive');
  expect(placeInFile(path, 4)).toBe('at byte 4');
  const cut = join(folder, 'cut.tar');
  writeFileSync(cut, readFileSync(join(folder, 'ustar.tar')).subarray(0, 700));
  expect(placeInFile(cut, 690)).toBe('in its member "first" (byte 690 of the archive)');
  expect(placeInFile(cut, 100_000)).toBe('at byte 100000');
});

test('volumes of a disk', () => {
  const where = { number: 1, startBytes: 1_048_576, sizeBytes: 4096 };
  const partition = { ...where, kind: 'primary', type: '83', id: '', name: '', bootable: false } as const;
  const disk: Disk = {
    name: 'main',
    sizeBytes: 8_388_608,
    label: { type: 'msdos', id: '0x00000001' },
    partitions: [partition],
    filesystems: new Map(),
  };
  expect(
    [1_048_575, 1_048_576, 1_052_671, 1_052_672].map((offset) => placeOnDisk(disk, offset)),
  ).toMatchInlineSnapshot(`
    [
      "outside the partitions of main at byte 1048575",
      "in main:1 at its byte 0 (byte 1048576 of the disk)",
      "in main:1 at its byte 4095 (byte 1052671 of the disk)",
      "outside the partitions of main at byte 1052672",
    ]
  `);
  expect(placeOnDisk({ ...disk, label: undefined, partitions: [] }, 7)).toBe('in main at byte 7');
});
