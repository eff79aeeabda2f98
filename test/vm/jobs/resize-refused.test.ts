// Disks that cannot be made smaller, because what their volumes hold would not fit: nothing is cut off.
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { job as createDisk } from '../../../jobs/create-disk.ts';
import { job as format } from '../../../jobs/format.ts';
import { filesystemKind } from '../../../jobs/lib/filesystems.ts';
import { job as resizeDisk } from '../../../jobs/resize-disk.ts';
import { type Entry, guestWork, worldAfter } from '../../jobs/planning.ts';
import { run } from '../border/vm.ts';
import { makeVmb, type Vmb } from '../vmb.ts';
import { create, formatted, resize } from './disk-jobs.ts';

const mebibyte = 1024 * 1024;
let vmb: Vmb;
beforeAll(() => {
  vmb = makeVmb();
});
afterAll(() => vmb.remove());

test('what is in use is not cut off ext4, and the reason is said', async () => {
  const full = `${create('main', '64MiB')}${formatted('main', 'ext4')}
[[job]]
use = "run"
command = "dd if=/dev/urandom of=/mnt/big bs=1M count=40"
mount = { "/mnt" = "main" }
${resize('main', '32MiB', 'main')}`;
  await vmb.addBuild('full', full);
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'full', '--out', 'full');
  expect(finished.exitCode).toBe(1);
  expect(`${finished.stdout}${finished.stderr}`).toMatch(
    /main cannot be resized to 32MiB, because what is in it needs \d+ of its blocks, and only 8192 would be left/,
  );
});

test('neither is it cut off btrfs and NTFS', async () => {
  const made = (type: string, sizeMebibytes: number, leastMebibytes: number, fill: string) => {
    const disk: readonly Entry[] = [[createDisk, { disk: type, size: `${sizeMebibytes}MiB` }]];
    const formatting: Entry = [format, { volume: type, type }];
    const resizing = { disk: type, size: `${leastMebibytes}MiB`, volume: type };
    const { script, effects } = guestWork(resizeDisk, resizing, worldAfter(...disk, formatting));
    const { mount } = filesystemKind(type);
    if ('impossible' in mount) throw new Error(`${type} holds no files`);
    const fresh = effects.ownDisks?.[0]?.name ?? 'none';
    const resized = script.replaceAll(effects.regions?.[0]?.name ?? '', type).replaceAll(fresh, 'fresh');
    return `${guestWork(...formatting, worldAfter(...disk)).script}
vmb_mount /dev/vmb/${type} /mnt/filled ${mount.type} '${mount.options}'
${fill}
umount /mnt/filled
( ${resized} ) || echo "ended with $?"
`;
  };
  const script = [
    made('btrfs', 512, 256, 'fallocate -l 300M /mnt/filled/big'),
    made('ntfs', 16, 8, 'dd if=/dev/urandom of=/mnt/filled/big bs=1M count=9 status=none'),
  ].join('');
  const images = Object.fromEntries(['btrfs', 'ntfs', 'fresh'].map((name) => [name, join(vmb.folder, name)]));
  for (const [index, path] of Object.values(images).entries()) {
    writeFileSync(path, '');
    truncateSync(path, (index === 0 ? 512 : index === 1 ? 16 : 8) * mebibyte);
  }
  const ran = await run({ images, steps: [{ script, tools: true }] });
  expect(ran.error).toBeUndefined();
  const told = ran.output(1).toString();
  expect(told.match(/.* cannot be resized .*|ended with .*/g)).toEqual([
    expect.stringMatching(
      /^btrfs cannot be resized to 256MiB, because what is in it needs \d+ bytes, and only 268435456 would be left$/,
    ),
    'ended with 1',
    'ntfs cannot be resized to 8MiB, because its content does not fit when it is laid out afresh',
    'ended with 1',
  ]);
});
