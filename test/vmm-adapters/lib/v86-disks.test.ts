// v86's disks as files: made, taken, collected, found again and removed, without any program.
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DiskHandle } from '../../../vmm-adapters/lib/adapter.ts';
import { openBlockDisk } from '../../../vmm-adapters/lib/block-disk.ts';
import { findDisk, makeV86Disks, type V86Disks } from '../../../vmm-adapters/lib/v86-disks.ts';

const mebibyte = 1024 * 1024;
let folder: string;
let work: string;
let disks: V86Disks;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-v86-disks-'));
  work = await mkdtemp(join(tmpdir(), 'vmb-v86-disks-work-'));
  disks = makeV86Disks(work);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
  await rm(work, { recursive: true });
});

function handle(sizeBytes: number): DiskHandle {
  return { id: 'main', role: 'build', sizeBytes };
}

/** What a machine would write. */
function write(at: number, bytes: Buffer): void {
  const disk = openBlockDisk(disks.find(handle(0)));
  disk.write(at, bytes);
  disk.close();
}

test('a blank disk is a hole, and what a machine writes is in its file', async () => {
  await disks.place(handle(1024 * mebibyte), { kind: 'blank' });
  const path = await disks.collect(handle(0));
  expect(path).toBe(join(work, 'disk-main.raw'));
  expect(await stat(path)).toMatchObject({ size: 1024 * mebibyte, blocks: 0 });
  write(700 * mebibyte, Buffer.alloc(512, 1));
  const file = await open(await disks.collect(handle(0)));
  const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 700 * mebibyte);
  await file.close();
  expect(buffer).toEqual(Buffer.alloc(512, 1));
  await disks.remove(handle(0));
  expect(await readdir(work)).toEqual([]);
});

test('a copy begins with the file and never changes it; found by its file alone it is the same disk', async () => {
  const base = join(folder, 'base.img');
  await writeFile(base, 'begins with this');
  await disks.place(handle(mebibyte), { kind: 'copy-of', path: base });
  write(4096, Buffer.alloc(512, 'A'));
  for (const round of [1, 2]) {
    const raw = await disks.collect(handle(0));
    const bytes = await readFile(raw);
    expect([round, bytes.length]).toEqual([round, mebibyte]);
    expect(bytes.toString('latin1', 0, 17)).toBe('begins with this\0');
    expect(bytes.toString('latin1', 4095, 4098)).toBe('\0AA');
    expect((await stat(raw)).blocks * 512).toBeLessThan(mebibyte / 4);
  }
  expect(await readFile(base, 'utf8')).toBe('begins with this');

  disks.save(handle(0));
  expect(findDisk(join(work, 'disk-main.overlay'))).toEqual(disks.find(handle(0)));
  await disks.remove(handle(0));
  expect(await readdir(work)).toEqual([]);
});

test('a taken file is moved and grows to the disk’s size, in whole sectors', async () => {
  const made = join(folder, 'made.img');
  await writeFile(made, 'taken');
  await disks.place(handle(1025), { kind: 'take', path: made });
  const bytes = await readFile(await disks.collect(handle(0)));
  expect([bytes.length, bytes.toString('latin1', 0, 6)]).toEqual([1536, 'taken\0']);
  expect(await readdir(folder)).toEqual([]);
  expect(findDisk(join(work, 'disk-main.raw'))).toEqual(disks.find(handle(0)));
});

test('refuses a file that is longer than the disk, and keeps nothing of it', async () => {
  const base = join(folder, 'base.img');
  await writeFile(base, Buffer.alloc(1025));
  await expect(disks.place(handle(1024), { kind: 'copy-of', path: base })).rejects.toThrow(
    `${base}: 1025 bytes do not fit on the disk main, which has 1024.`,
  );
  expect(await readdir(work)).toEqual([]);
});
