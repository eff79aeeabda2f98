// The disk around an EFI program, judged by fsck.vfat and mtools.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { makeEspDisk } from '../../../vmm-adapters/lib/esp-disk.ts';
import { layOutFat } from '../../../vmm-adapters/lib/fat-volume.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-esp-'));
});

afterEach(() => rm(folder, { recursive: true }));

test.each([0, 1, 2048, 2049, 5_000_000, 140_000_000])(
  'a program of %i bytes is read back by mtools',
  async (sizeBytes) => {
    const program = join(folder, 'program.efi');
    const disk = join(folder, 'disk.img');
    const copy = join(folder, 'copy.efi');
    // Every sector is different, so that a wrong chain shows.
    await writeFile(
      program,
      sizeBytes > 10_000_000 ? Buffer.alloc(sizeBytes, randomBytes(65_537)) : randomBytes(sizeBytes),
    );
    await makeEspDisk(program, disk);

    await localCommands.run('fsck.vfat', ['-n', disk]);
    await localCommands.run('mcopy', ['-n', '-i', disk, '::EFI/BOOT/BOOTX64.EFI', copy]);
    expect(await digestOf(copy)).toBe(await digestOf(program));
  },
);

test('the volume holds that one file and is a sparse file', async () => {
  const [program, disk] = [join(folder, 'a.efi'), join(folder, 'disk.img')];
  await writeFile(program, 'MZ');
  await makeEspDisk(program, disk);

  const { stdout } = await localCommands.run('mdir', ['-/', '-b', '-i', disk, '::']);
  expect(stdout).toBe('::/EFI/\n::/EFI/BOOT/\n::/EFI/BOOT/BOOTX64.EFI');
  const { size, blocks } = await stat(disk);
  expect(size).toBeGreaterThan(8_000_000);
  expect(blocks * 512).toBeLessThan(200_000);
});

test('the same program gives the same bytes, and an existing file is not overwritten', async () => {
  const program = join(folder, 'a.efi');
  await writeFile(program, randomBytes(10_000));
  await makeEspDisk(program, join(folder, '1.img'));
  await makeEspDisk(program, join(folder, '2.img'));

  expect(await digestOf(join(folder, '1.img'))).toBe(await digestOf(join(folder, '2.img')));
  await expect(makeEspDisk(program, join(folder, '1.img'))).rejects.toThrow('EEXIST');
});

test('more than FAT16 holds is refused', () => {
  expect(layOutFat(['A'], 65_000 * 32 * 1024)).toBeDefined();
  expect(layOutFat(['A'], 65_500 * 32 * 1024)).toBeUndefined();
});

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
