// resize-disk: what a disk is afterwards, tables that the real sfdisk finds nothing wrong with, and what is refused before a boot.
import { writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { job as createDisk } from '../../jobs/create-disk.ts';
import { job as format } from '../../jobs/format.ts';
import { job as partition } from '../../jobs/partition.ts';
import { job } from '../../jobs/resize-disk.ts';
import { localCommands } from '../../vmm-adapters/lib/command.ts';
import { blank, formatted, gpt, msdos, twoPartitions } from './disks.ts';
import { type Entry, guestWork, mistakeIn, worldAfter } from './planning.ts';
import { onDiskFile, sfdiskJson, temporaryFolder } from './scripts.ts';

const mebibyte = 1024 * 1024;

test('the disk grows, and its last partition with the filesystem in it', () => {
  const { effects } = guestWork(job, { disk: 'main', size: '256MiB', volume: 'main:2' }, worldAfter(...formatted));
  const [region] = effects.regions ?? [];
  expect(effects.title).toBe('resize main from 128MiB to 256MiB, and main:2 from 86MiB to 214MiB');
  expect(effects.resizes).toEqual({ disk: 'main', fromBytes: 128 * mebibyte, toBytes: 256 * mebibyte });
  expect(effects.ownDisks).toBe(undefined);
  expect([region?.offsetBytes, region?.lengthBytes]).toEqual([41 * mebibyte, 214 * mebibyte]);
  const [disk] = effects.disks ?? [];
  expect(disk?.sizeBytes).toBe(256 * mebibyte);
  expect(disk?.partitions.map(({ sizeBytes }) => sizeBytes / mebibyte)).toEqual([40, 214]);
  expect(disk?.filesystems.get(2)?.resizedFrom).toEqual([86 * mebibyte]);
  expect(disk?.filesystems.get(1)?.resizedFrom).toBe(undefined);
});

test('a filesystem that is made anew has no other sizes behind it, and a disk for the time between', () => {
  const fat: readonly Entry[] = [
    ...gpt,
    [partition, { disk: 'main', type: 'esp', size: 'rest' }],
    [format, { volume: 'main:1', type: 'fat32' }],
  ];
  const { effects } = guestWork(job, { disk: 'main', size: '96MiB', volume: 'main:1' }, worldAfter(...fat));
  expect(effects.disks?.[0]?.filesystems.get(1)?.resizedFrom).toBe(undefined);
  expect(effects.ownDisks?.map(({ sizeBytes }) => sizeBytes / mebibyte)).toEqual([94]);
  expect(effects.regions?.map(({ lengthBytes }) => lengthBytes / mebibyte)).toEqual([126]);
});

test('a disk without a table changes its size only', () => {
  const { effects, script } = guestWork(job, { disk: 'main', size: '1GiB' }, worldAfter(...blank));
  expect([effects.title, script.trim()]).toEqual(['resize main from 128MiB to 1GiB', '']);
});

const logical: readonly Entry[] = [
  ...msdos,
  [partition, { disk: 'main', size: '10MiB', bootable: true }],
  [partition, { disk: 'main', size: 'rest', kind: 'extended' }],
  [partition, { disk: 'main', size: '4MiB', kind: 'logical' }],
  [partition, { disk: 'main', size: 'rest', kind: 'logical', type: 'da' }],
];

const rocket: readonly Entry[] = [
  ...gpt,
  [partition, { disk: 'main', size: '10MiB', name: 'plain' }],
  [partition, { disk: 'main', size: '10MiB', name: 'DATA 🚀' }],
  [partition, { disk: 'main', size: '10MiB', name: 'behind' }],
];

// Read as one script, this makes sfdisk put the sector of the second logical partition elsewhere.
const early: readonly Entry[] = [
  ...msdos,
  [partition, { disk: 'main', type: 'a2', start: '512KiB', size: '64KiB' }],
  [partition, { disk: 'main', kind: 'extended', size: 'rest' }],
  [partition, { disk: 'main', kind: 'logical', size: '33MiB' }],
  [partition, { disk: 'main', kind: 'logical', size: '20MiB' }],
];

/** The first logical partition does not begin where the sector that describes it would let it. */
const distant: readonly Entry[] = [
  ...msdos,
  [partition, { disk: 'main', kind: 'extended', start: '8MiB', size: 'rest' }],
  [partition, { disk: 'main', kind: 'logical', start: '12MiB', size: '20MiB' }],
  [partition, { disk: 'main', kind: 'logical', start: '40MiB', size: '20MiB' }],
  [partition, { disk: 'main', start: '1MiB', size: '2MiB' }],
];

/** Carries the last entry out on a file, as the runner does: larger before the script, smaller after it. */
async function resized(entries: readonly Entry[], options: Record<string, unknown>, prepare = (_: string) => {}) {
  const image = await onDiskFile(entries);
  prepare(image);
  const { effects, script } = guestWork(job, options, worldAfter(...entries));
  const { fromBytes = 0, toBytes = 0 } = effects.resizes ?? {};
  if (toBytes > fromBytes) await truncate(image, toBytes);
  const text = script
    .replaceAll("'/dev/vmb/main'", `'${image}'`)
    .replaceAll('/tmp/table', join(await temporaryFolder(), 'table'));
  const functions = 'vmb_fail() { echo "$1" >&2; exit 1; }; blockdev() { :; }\n';
  await localCommands.run('sh', ['-eu', '-c', functions + text]);
  if (toBytes > 0 && toBytes < fromBytes) await truncate(image, toBytes);
  const { stdout, stderr } = await localCommands.run('sfdisk', ['--verify', image]);
  const { lastlba, partitions, id } = await sfdiskJson(image);
  return {
    found: `${stdout}${stderr}`
      .replaceAll(image, 'disk')
      .split('\n')
      .filter((line) => !/unallocated|free/.test(line))
      .join(' '),
    lastlba,
    id,
    places: partitions.map(({ start, size }) => [start / 2048, size / 2048]),
    ...(entries === rocket ? { names: partitions.map(({ name }) => name) } : {}),
  };
}

test.each<[string, readonly Entry[], Record<string, unknown>]>([
  ['gpt grows', twoPartitions, { disk: 'main', size: '256MiB' }],
  ['gpt grows, and keeps a name that sfdisk cannot write', rocket, { disk: 'main', size: '256MiB' }],
  ['gpt grows with its last partition', twoPartitions, { disk: 'main', size: '256MiB', volume: 'main:2' }],
  ['gpt shrinks with its last partition', twoPartitions, { disk: 'main', size: '64MiB', volume: 'main:2' }],
  [
    'gpt shrinks to an odd size',
    [...gpt, [partition, { disk: 'main', size: '10MiB' }]],
    { disk: 'main', size: '12345.5KiB' },
  ],
  ['msdos grows with extended and logical', logical, { disk: 'main', size: '200MiB', volume: 'main:6' }],
  ['msdos shrinks with extended and logical', logical, { disk: 'main', size: '40MiB', volume: 'main:6' }],
  ['msdos grows', logical, { disk: 'main', size: '200MiB' }],
  ['msdos grows with a start below 1 MiB', early, { disk: 'main', size: '200MiB' }],
  ['msdos grows with it and the last one', early, { disk: 'main', size: '200MiB', volume: 'main:6' }],
  [
    'msdos grows with a logical partition that starts later',
    distant,
    { disk: 'main', size: '200MiB', volume: 'main:6' },
  ],
  [
    'msdos grows with the only logical one, too',
    distant.slice(0, -2),
    { disk: 'main', size: '200MiB', volume: 'main:5' },
  ],
  ['msdos shrinks with it', distant, { disk: 'main', size: '50MiB', volume: 'main:6' }],
  [
    'a partition takes what was left',
    [...gpt, [partition, { disk: 'main', size: '10MiB' }]],
    { disk: 'main', size: '128MiB', volume: 'main:1' },
  ],
])('%s', async (_, entries, options) => {
  expect(await resized(entries, options)).toMatchSnapshot();
});

test('bytes that nobody knows of are not cut off', async () => {
  const write = (at: number) => (image: string) => {
    writeFileSync(image, 'x', { flag: 'r+' });
    return localCommands.run('dd', ['if=/dev/urandom', `of=${image}`, 'bs=1', 'count=9', `seek=${at}`, 'conv=notrunc']);
  };
  const image = await onDiskFile(blank);
  await write(100 * mebibyte)(image);
  const { script } = guestWork(job, { disk: 'main', size: '64MiB' }, worldAfter(...blank));
  const run = localCommands.run('sh', [
    '-eu',
    '-c',
    `vmb_fail() { echo "$1" >&2; exit 1; }\n${script.replaceAll("'/dev/vmb/main'", `'${image}'`)}`,
  ]);
  await expect(run).rejects.toThrow(
    'main cannot be made as small as 64MiB, because there are bytes between 64MiB and 128MiB that are not zero',
  );
});

test('a table that somebody else changed is left alone', async () => {
  const other: readonly Entry[] = [...gpt, [partition, { disk: 'main', size: '10MiB' }]];
  const image = await onDiskFile([...gpt, [partition, { disk: 'main', size: '11MiB' }]]);
  const { script } = guestWork(job, { disk: 'main', size: '64MiB' }, worldAfter(...other));
  const text = script
    .replaceAll("'/dev/vmb/main'", `'${image}'`)
    .replaceAll('/tmp/table', join(await temporaryFolder(), 'table'));
  await expect(
    localCommands.run('sh', ['-eu', '-c', `vmb_fail() { echo "$1" >&2; exit 1; }\n${text}`]),
  ).rejects.toThrow(
    'the partition table of main is not the one that the steps before have made, so that nobody knows what a new one would have to keep. Change partitions by the jobs label and partition only.',
  );
});

const volumeOf = (type: string, size: string): readonly Entry[] => [
  [createDisk, { disk: 'data', size }],
  [format, { volume: 'data', type }],
];
const whole: readonly Entry[] = [...blank, [format, { volume: 'main', type: 'ext4' }]];

test.each<[string, readonly Entry[], Record<string, unknown>]>([
  ['a disk that is not there', blank, { disk: 'mian', size: '1GiB' }],
  ['the size that it has', blank, { disk: 'main', size: '128MiB' }],
  ['the size that it and its volume have', formatted, { disk: 'main', size: '128MiB', volume: 'main:2' }],
  ['less than a MiB', blank, { disk: 'main', size: '512KiB' }],
  ['cutting a partition', formatted, { disk: 'main', size: '64MiB' }],
  ['cutting logical partitions', logical, { disk: 'main', size: '64MiB' }],
  [
    'cutting the copy of the table',
    [...gpt, [partition, { disk: 'main', size: '10MiB' }]],
    { disk: 'main', size: '11MiB' },
  ],
  ['cutting a filesystem', whole, { disk: 'main', size: '64MiB' }],
  ['nothing left of the partition', formatted, { disk: 'main', size: '41MiB', volume: 'main:2' }],
  ['a filesystem smaller than it can be', formatted, { disk: 'main', size: '44MiB', volume: 'main:2' }],
  ['a volume with others behind it', formatted, { disk: 'main', size: '1GiB', volume: 'main:1' }],
  ['the extended partition', logical, { disk: 'main', size: '1GiB', volume: 'main:2' }],
  [
    'a volume of another disk',
    [...formatted, [createDisk, { disk: 'data', size: '1MiB' }]],
    { disk: 'data', size: '2MiB', volume: 'main:2' },
  ],
  ['a disk with partitions as a volume', formatted, { disk: 'main', size: '1GiB', volume: 'main' }],
  ['making xfs smaller', volumeOf('xfs', '400MiB'), { disk: 'data', size: '350MiB', volume: 'data' }],
  ['making exfat another size', volumeOf('exfat', '64MiB'), { disk: 'data', size: '128MiB', volume: 'data' }],
  [
    'making btrfs smaller than its driver does',
    volumeOf('btrfs', '1GiB'),
    { disk: 'data', size: '200MiB', volume: 'data' },
  ],
  ['making btrfs hardly larger', volumeOf('btrfs', '128MiB'), { disk: 'data', size: '200.5MiB', volume: 'data' }],
  ['making ntfs smaller than it can be', volumeOf('ntfs', '64MiB'), { disk: 'data', size: '1MiB', volume: 'data' }],
  ['a blank disk as a volume', blank, { disk: 'main', size: '1GiB', volume: 'main' }],
])('refuses %s', (_, entries, options) => {
  expect(mistakeIn(job, options, worldAfter(...entries))).toMatchSnapshot();
});
