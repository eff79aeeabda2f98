// What another machine says of a file's holes: as the real qemu-img says it, and as nobody may.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { dataRanges, readMap } from '../../../vmm-adapters/lib/data-ranges.ts';
import { lookThrough } from '../../../vmm-adapters/lib/file-ranges.ts';

const mebibyte = 1024 * 1024;

test('the real qemu-img, and our own look, at a file with holes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmb-ranges-'));
  try {
    const path = join(folder, 'disk.raw');
    const file = await open(path, 'w');
    await file.truncate(8 * mebibyte);
    await file.write('first', 0);
    await file.write(Buffer.alloc(mebibyte, 1), 0, mebibyte, 3 * mebibyte);
    await file.write('last', 8 * mebibyte - 4);
    await file.close();
    const { ranges, sizeBytes, sha256 } = await lookThrough(path);
    expect(ranges).toEqual([
      { offset: 0, length: 65_536 },
      { offset: 3 * mebibyte, length: mebibyte },
      { offset: 8 * mebibyte - 65_536, length: 65_536 },
    ]);
    expect(sizeBytes).toBe(8 * mebibyte);
    expect((await localCommands.run('sha256sum', [path])).stdout.slice(0, 64)).toBe(sha256);
    const told = await dataRanges(localCommands, 'joe@build1', path, sizeBytes);
    // A filesystem's blocks are smaller than ours.
    for (const { offset, length } of ranges) {
      const within = told.filter((range) => range.offset < offset + length && range.offset + range.length > offset);
      expect(within.length).toBeGreaterThan(0);
    }
    expect(told.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2 * mebibyte);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const entry = (start: unknown, length: unknown, zero: unknown = false) => ({ start, length, zero });

test.each([
  ['no JSON', 'oops'],
  ['no list', '{}'],
  ['no entry', '[7]'],
  ['no numbers', JSON.stringify([entry('0', '10')])],
  ['a negative length', JSON.stringify([entry(0, -1)])],
  ['half a byte', JSON.stringify([entry(0, 0.5)])],
  ['beyond the end', JSON.stringify([entry(90, 11)])],
  ['far beyond it', JSON.stringify([entry(Number.MAX_SAFE_INTEGER, 1)])],
  ['an overlap', JSON.stringify([entry(0, 50), entry(40, 10)])],
  ['back to the front', JSON.stringify([entry(50, 10), entry(0, 10)])],
])('%s is no map', (_, text) => {
  expect(readMap(text, 100)).toBeUndefined();
});

test('zeros are left out; what is not told of is none of the file’s data', () => {
  expect(readMap(JSON.stringify([entry(0, 50, true), entry(60, 10)]), 100)).toEqual([{ offset: 60, length: 10 }]);
});

test('a map that cannot be is told with the machine’s name', async () => {
  const commands = {
    ...localCommands,
    run: async () => ({ exitCode: 0, stdout: JSON.stringify([entry(0, 101)]), stderr: '' }),
  };
  await expect(dataRanges(commands, 'joe@build1', '/work/x.raw', 100)).rejects.toThrow(
    'joe@build1: qemu-img there tells of data in /work/x.raw where there can be none: the file has 100 bytes. Nothing of it was used.',
  );
});
