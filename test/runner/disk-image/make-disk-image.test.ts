// Disk images: the same disk is the same image to the byte, qemu-img finds nothing wrong with it, and reads the same disk from it.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DiskImageFormat } from '../../../jobs/lib/planned-disk.ts';
import { crc32c } from '../../../runner/disk-image/crc32c.ts';
import { makeDiskImage } from '../../../runner/disk-image/make-disk-image.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { makeQemuImg } from '../../../vmm-adapters/lib/qemu-img.ts';

const mebibyte = 1024 * 1024;
let folder: string;
let raw: string;
/** The same bytes, with zeros in the place of holes. */
let filled: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-image-'));
  for (const name of ['once', 'again']) mkdirSync(join(folder, name));
  raw = join(folder, 'raw');
  const file = await open(raw, 'w');
  for (const [at, length] of [
    [0, 700],
    [5 * mebibyte + 512, 3 * mebibyte],
    [40 * mebibyte, 4096],
  ] as const) {
    await file.write(randomBytes(length), 0, length, at);
  }
  await file.truncate(65 * mebibyte + 512);
  await file.close();
  filled = join(folder, 'filled');
  await localCommands.run('cp', ['--sparse=never', raw, filled]);
});
afterAll(() => rm(folder, { recursive: true }));

async function make(from: string, where: string, format: DiskImageFormat): Promise<string> {
  const path = join(folder, where, `disk.${format}`);
  const sha256 = createHash('sha256').update(readFileSync(from)).digest('hex');
  await makeDiskImage({ rawPath: from, sha256, path, name: 'disk', format, commands: localCommands });
  return path;
}

const formats = ['qcow2', 'vhdx', 'vhd', 'vmdk', 'vdi'] as const;
const drivers = { qcow2: 'qcow2', vhdx: 'vhdx', vhd: 'vpc', vmdk: 'vmdk', vdi: 'vdi' };

test.each(formats)('%s', async (format) => {
  const image = await make(raw, 'once', format);
  // What a clock would put in is seconds.
  await setTimeout(1100);
  const again = await make(filled, 'again', format);
  expect(readFileSync(image).equals(readFileSync(again))).toBe(true);
  const driver = drivers[format];
  const { stdout: compared } = await localCommands.run('qemu-img', ['compare', '-f', 'raw', '-F', driver, raw, image]);
  expect(compared).toBe('Images are identical.');
  const { sizeBytes } = await makeQemuImg(localCommands).info(image);
  expect(sizeBytes).toBe(statSync(raw).size);
  const { exitCode, stdout } = await localCommands.run('qemu-img', ['check', '-f', driver, image], {
    // 63: this format has nothing to check.
    okExitCodes: [0, 63],
  });
  expect([exitCode, stdout.split('\n')[0]]).toEqual(
    format === 'vhd' ? [63, ''] : [0, 'No errors were found on the image.'],
  );
  expect(statSync(image).blocks * 512).toBeLessThan(10 * mebibyte);
});

test('ids differ from disk to disk and from name to name', async () => {
  const ids = new Set<string>();
  for (const [sha256, name] of [
    ['1', 'one'],
    ['2', 'one'],
    ['1', 'two'],
  ] as const) {
    const path = join(folder, 'disk.vdi');
    await makeDiskImage({ rawPath: raw, sha256, path, name, format: 'vdi', commands: localCommands });
    ids.add(readFileSync(path).toString('hex', 0x188, 0x198));
  }
  expect(ids.size).toBe(3);
});

test('CRC-32C of what RFC 3720 has', () => {
  expect(crc32c(Buffer.alloc(32)).toString(16)).toBe('8a9136aa');
  expect(crc32c(Buffer.alloc(32, 0xff)).toString(16)).toBe('62a8ab43');
});

test('a disk that was never written is an image as well', async () => {
  const blank = join(folder, 'blank');
  await localCommands.run('truncate', ['-s', '3M', blank]);
  for (const format of formats) {
    const image = await make(blank, 'once', format);
    await localCommands.run('qemu-img', ['compare', '-f', 'raw', '-F', drivers[format], blank, image]);
  }
});
