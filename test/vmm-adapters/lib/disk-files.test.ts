// Disks as files: made, moved, collected and removed, with the real qemu-img.
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DiskHandle } from '../../../vmm-adapters/lib/adapter.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { type DiskFiles, makeDiskFiles } from '../../../vmm-adapters/lib/disk-files.ts';
import { explained } from '../../../vmm-adapters/lib/host-files.ts';
import { localHost } from '../../../vmm-adapters/lib/local-host.ts';
import { makeQemuImg, type QemuImg } from '../../../vmm-adapters/lib/qemu-img.ts';

const mebibyte = 1024 * 1024;
const qemuImg: QemuImg = makeQemuImg(localCommands);
let folder: string;
let work: string;
let disks: DiskFiles;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-disks-'));
  work = await mkdtemp(join(tmpdir(), 'vmb-disks-work-'));
  disks = makeDiskFiles(localHost({ commands: localCommands, workFolder: work }));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
  await rm(work, { recursive: true });
});

function handle(sizeBytes: number): DiskHandle {
  return { id: 'main', role: 'build', sizeBytes };
}

test('a blank disk is a hole', async () => {
  await disks.place(handle(1024 * mebibyte), { kind: 'blank' });
  expect(disks.find(handle(0))).toEqual({ path: join(work, 'disk-main.raw'), format: 'raw' });
  expect(await disks.collect(handle(0))).toBe(join(work, 'disk-main.raw'));
  expect(await stat(join(work, 'disk-main.raw'))).toMatchObject({ size: 1024 * mebibyte, blocks: 0 });
  await disks.remove(handle(0));
  expect(await readdir(work)).toEqual([]);
});

test('a copy begins with the file, whatever its length, and never changes it', async () => {
  const base = join(folder, 'base.img');
  await writeFile(base, 'begins with this');
  await disks.place(handle(mebibyte), { kind: 'copy-of', path: base });
  const { path } = disks.find(handle(0));
  await qemuImg.check(path, 'qcow2');
  expect(await qemuImg.info(path)).toEqual({ format: 'qcow2', sizeBytes: mebibyte });
  await localCommands.run('qemu-io', ['-f', 'qcow2', '-c', 'write -P 0x41 4096 512', path]);

  for (const round of [1, 2]) {
    const raw = await disks.collect(handle(0));
    const bytes = await readFile(raw);
    expect([round, bytes.length]).toEqual([round, mebibyte]);
    expect(bytes.toString('latin1', 0, 16)).toBe('begins with this');
    expect(bytes.toString('latin1', 4095, 4098)).toBe('\0AA');
    expect((await stat(raw)).blocks * 512).toBeLessThan(mebibyte / 4);
  }
  expect(await readFile(base, 'utf8')).toBe('begins with this');
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
});

test('across filesystems it is copied, holes stay holes', async () => {
  const elsewhere = await mkdtemp('/dev/shm/vmb-disks-');
  try {
    const made = join(elsewhere, 'made.img');
    const file = await open(made, 'w');
    await file.write('start', 0);
    await file.write('end', 100 * mebibyte);
    await file.close();
    await truncate(made, 200 * mebibyte);
    await disks.place(handle(200 * mebibyte), { kind: 'take', path: made });
    const path = await disks.collect(handle(0));
    const { size, blocks } = await stat(path);
    expect([size, blocks * 512 < mebibyte]).toEqual([200 * mebibyte, true]);
    expect(await readdir(elsewhere)).toEqual([]);
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

test('a file that does not fit is refused', async () => {
  const base = join(folder, 'base.img');
  await writeFile(base, Buffer.alloc(1024));
  await expect(disks.place(handle(512), { kind: 'copy-of', path: base })).rejects.toThrow(
    `${base}: 1024 bytes do not fit on the disk main, which has 512.`,
  );
});

test.each([
  ['ENOSPC', 'is full. Free some space, or set VMB_HOME to a folder on a larger one.'],
  ['EDQUOT', 'is full. Free some space, or set VMB_HOME to a folder on a larger one.'],
  [
    'EFBIG',
    'takes no file as large as the disk. Make the disk smaller, or set VMB_HOME to a folder on another filesystem.',
  ],
])('the host’s answer %s in words', async (code, sentence) => {
  const refuse = () => Promise.reject(Object.assign(new Error(code), { code }));
  await expect(explained('/disk.raw', refuse)).rejects.toThrow(
    `/disk.raw: the filesystem that this file lies on ${sentence}`,
  );
});

test('what could not be made leaves no file and can be placed again', async () => {
  await expect(disks.place(handle(512), { kind: 'take', path: '/nowhere/x' })).rejects.toThrow('ENOENT');
  expect(await readdir(work)).toEqual([]);
  await disks.place(handle(512), { kind: 'blank' });
  await expect(disks.place(handle(512), { kind: 'blank' })).rejects.toThrow(
    'Internal error: the disk main was placed twice',
  );
});

test('a missing qemu-img, and one that fails', async () => {
  const missing = makeQemuImg({
    ...localCommands,
    run: (_file, args, options) => localCommands.run('no-qemu-img', args, options),
  });
  await expect(missing.info('/x')).rejects.toThrow(
    'qemu-img is not installed here. On Debian: apt-get install qemu-utils',
  );
  await expect(qemuImg.info('/nowhere/x')).rejects.toThrow(
    "qemu-img info --output=json /nowhere/x: ended with exit code 1.\nqemu-img: Could not open '/nowhere/x'",
  );
  const full = makeQemuImg({
    ...localCommands,
    run: () => localCommands.run('sh', ['-c', 'echo "qemu-img: x: No space left on device" >&2; exit 1']),
  });
  await expect(full.convert('/a', 'raw', '/b', 'raw')).rejects.toThrow(
    '/b: the filesystem that this file lies on is full. Free some space, or set VMB_HOME to a folder on a larger one.',
  );
});

test('using a disk that was not placed is a bug of the caller', () => {
  expect(() => disks.find(handle(1))).toThrow('Internal error: the disk main was used before it was placed');
});
