// A block disk holds what was written to it, whatever lies under it, and fills no holes without need.
import { closeSync, openSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BlockDiskFiles, makeWrittenMap, openBlockDisk } from '../../../vmm-adapters/lib/block-disk.ts';

const mebibyte = 1024 * 1024;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-block-disk-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** A disk over a base with these bytes; without them it begins blank. */
function makeDisk(sizeBytes: number, base?: Uint8Array): BlockDiskFiles {
  const path = join(folder, 'own');
  const basePath = base && join(folder, 'base');
  if (base !== undefined && basePath !== undefined) writeFileSync(basePath, base);
  closeSync(openSync(path, 'w'));
  truncateSync(path, sizeBytes);
  return { path, sizeBytes, basePath, written: makeWrittenMap(sizeBytes) };
}

const sizeBytes = 9 * 4096 + 512;
const ranges = fc.record({
  sector: fc.nat({ max: sizeBytes / 512 - 1 }),
  sectors: fc.integer({ min: 1, max: 40 }),
  fill: fc.constantFrom(0, 0, 1, 2),
});

test.each([
  ['blank', undefined],
  ['over a file of its length', Buffer.alloc(sizeBytes, 7)],
  ['over a shorter file', Buffer.alloc(3 * 4096 + 100, 7)],
  ['over zeros', Buffer.alloc(sizeBytes)],
])('reads what was written, else what lies under it: %s', (_, base) => {
  fc.assert(
    fc.property(fc.array(ranges, { maxLength: 12 }), (writes) => {
      const files = makeDisk(sizeBytes, base);
      const model = Buffer.alloc(sizeBytes);
      if (base !== undefined) model.set(base);
      let disk = openBlockDisk(files);
      for (const { sector, sectors, fill } of writes) {
        const bytes = Buffer.alloc(Math.min(sectors * 512, sizeBytes - sector * 512), fill);
        disk.write(sector * 512, bytes);
        model.set(bytes, sector * 512);
      }
      disk.close();
      disk = openBlockDisk(files);
      const all = Buffer.from(disk.read(0, sizeBytes));
      disk.close();
      expect(all.equals(model)).toBe(true);
      if (base === undefined) expect(readFileSync(files.path).equals(model)).toBe(true);
      else expect(readFileSync(join(folder, 'base')).equals(base)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('zeros fill no holes; over a base they hide it', () => {
  const files = makeDisk(mebibyte);
  const blank = openBlockDisk(files);
  blank.write(0, Buffer.alloc(mebibyte));
  blank.close();
  expect(statSync(files.path).blocks).toBe(0);

  const overlay = makeDisk(mebibyte, Buffer.alloc(mebibyte, 1));
  const disk = openBlockDisk(overlay);
  disk.write(0, Buffer.alloc(mebibyte));
  expect(disk.read(0, mebibyte).every((byte) => byte === 0)).toBe(true);
  disk.close();
  expect(statSync(overlay.path).blocks).toBe(0);
});

test('a file that is the disk is written as it is', () => {
  const path = join(folder, 'taken');
  writeFileSync(path, Buffer.alloc(8192, 3));
  const disk = openBlockDisk({ path, sizeBytes: 8192, basePath: undefined, written: undefined });
  disk.write(4096, Buffer.alloc(512));
  expect(disk.read(4095, 2)).toEqual(Uint8Array.of(3, 0));
  disk.close();
  expect(readFileSync(path).subarray(4096, 4609)).toEqual(Buffer.concat([Buffer.alloc(512), Buffer.of(3)]));
});
