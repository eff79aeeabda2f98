// format: limits that are known before a boot, the exact script, and filesystems that their own checkers accept.
import { expect, test } from 'vitest';
import { job as createDisk } from '../../jobs/create-disk.ts';
import { job } from '../../jobs/format.ts';
import { job as label } from '../../jobs/label.ts';
import { job as partition } from '../../jobs/partition.ts';
import { localCommands } from '../../vmm-adapters/lib/command.ts';
import { blank, formatted, gpt, msdos, twoPartitions } from './disks.ts';
import { type Entry, guestWork, mistakeIn, worldAfter } from './planning.ts';
import { onDiskFile, partitionFile } from './scripts.ts';

const mebibyte = 1024 * 1024;
const uuid = '6c1e5b7a-4d21-8f0e-9a0b-9c6d9f6b2f0e';

test('ext4: id, hash seed, features and sizes are fixed', () => {
  const { effects, script } = guestWork(job, { volume: 'main:2', type: 'ext4' }, worldAfter(...twoPartitions));
  expect(effects.title).toBe('format main:2 as ext4');
  expect(effects.disks?.[0]?.filesystems.get(2)).toMatchInlineSnapshot(`
    {
      "id": "92c2cf4d-7d17-8c4f-8ac8-7c3bcf3a4ebc",
      "label": "",
      "settings": {
        "block-size": 4096,
        "bytes-per-inode": 4096,
        "reserved-percent": 5,
      },
      "type": "ext4",
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "mke2fs '-q' '-F' '-t' 'ext4' '-O' 'none,has_journal,ext_attr,resize_inode,dir_index,sparse_super,large_file,filetype,extent,64bit,flex_bg,huge_file,dir_nlink,extra_isize,metadata_csum' '-I' '256' '-b' '4096' '-i' '4096' '-m' '5' '-e' 'continue' '-L' '' '-U' '92c2cf4d-7d17-8c4f-8ac8-7c3bcf3a4ebc' '-E' 'hash_seed=f4101bd9-7c8e-8642-bd70-09de1971ee34,root_owner=0:0,nodiscard,assume_storage_prezeroed=1' '/dev/vmb/main-part2' 22016
    "
  `);
});

test('fat32: id, geometry and hidden sectors are fixed', () => {
  const options = { volume: 'main:1', type: 'fat32', label: 'ESP', uuid: 'ABCD-1234' };
  const { effects, script } = guestWork(job, options, worldAfter(...twoPartitions));
  expect(effects.disks?.[0]?.filesystems.get(1)).toMatchInlineSnapshot(`
    {
      "id": "abcd1234",
      "label": "ESP",
      "settings": {
        "cluster-size": 512,
      },
      "type": "fat32",
    }
  `);
  expect(script).toMatchInlineSnapshot(`
    "mkfs.fat '-F' '32' '-I' '--invariant' '-i' 'abcd1234' '--mbr=n' '-M' '0xf8' '-D' '0x80' '-S' '512' '-s' '1' '-R' '32' '-f' '2' '-b' '6' '-g' '64/32' '-h' '2048' '-n' 'ESP' '/dev/vmb/main-part1' > /dev/null
    "
  `);
});

test('a label that FAT means none by is refused', () => {
  const options = { volume: 'main:1', type: 'fat32', label: 'NO NAME' };
  expect(mistakeIn(job, options, worldAfter(...twoPartitions))).toMatchInlineSnapshot(
    `"label: the label "NO NAME" is not possible, because FAT means no label by it; leave it out, or choose another"`,
  );
});

test('ids follow build, disk and partition', () => {
  const ids = (...entries: readonly Entry[]) =>
    [
      ...worldAfter(...entries)
        .disk('main', [])
        .filesystems.values(),
    ].map(({ id }) => id);
  const [first, second] = ids(
    ...twoPartitions,
    [job, { volume: 'main:1', type: 'ext4' }],
    [job, { volume: 'main:2', type: 'ext4' }],
  );
  expect(ids(...twoPartitions, [job, { volume: 'main:1', type: 'ext4' }])).toEqual([first]);
  expect(first).not.toBe(second);
});

test('e2fsck and fsck.fat accept what the scripts make', async () => {
  const image = await onDiskFile(formatted);
  const fat = await partitionFile(image, mebibyte, 40 * mebibyte);
  expect((await localCommands.run('fsck.fat', ['-n', fat])).stdout).toContain(': 1 files, 1/80628 clusters');
  const ext4 = await partitionFile(image, 41 * mebibyte, 86 * mebibyte);
  const { stdout } = await localCommands.run('e2fsck', ['-f', '-n', ext4]);
  expect(stdout).toContain(': 11/22016 files ');
});

test.each(['ext2', 'ext3'])('e2fsck accepts %s, and blkid knows it', async (type) => {
  const image = await onDiskFile([
    ...blank,
    [job, { volume: 'main', type, label: 'a label', uuid: uuid.toUpperCase() }],
  ]);
  const { stdout } = await localCommands.run('e2fsck', ['-f', '-n', image]);
  expect(stdout).toContain('a_label: 11/32768 files ');
  const facts = await localCommands.run('blkid', ['-p', '-o', 'export', image]);
  expect(facts.stdout.split('\n').filter((line) => /^(TYPE|LABEL|UUID)=/.test(line))).toEqual([
    'LABEL=a\\ label',
    `UUID=${uuid}`,
    `TYPE=${type}`,
  ]);
});

test('the same bytes each time', async () => {
  const digest = async () => (await localCommands.run('sha256sum', [await onDiskFile(formatted)])).stdout.slice(0, 64);
  expect(await digest()).toBe(await digest());
});

test.each<[string, readonly Entry[], Record<string, unknown>]>([
  ['an unknown disk', gpt, { volume: 'mian:1', type: 'ext4' }],
  ['an unknown partition', twoPartitions, { volume: 'main:3', type: 'ext4' }],
  ['a partition of an unlabelled disk', blank, { volume: 'main:1', type: 'ext4' }],
  ['a place', twoPartitions, { volume: 'main:1:/x', type: 'ext4' }],
  ['a whole disk that is labelled', twoPartitions, { volume: 'main', type: 'ext4' }],
  ['a whole disk that is labelled and empty', gpt, { volume: 'main', type: 'ext4' }],
  ['a second format', formatted, { volume: 'main:2', type: 'ext4' }],
  [
    'the extended partition',
    [...msdos, [partition, { disk: 'main', size: '40MiB', kind: 'extended' }]],
    { volume: 'main:1', type: 'ext4' },
  ],
  ['an unknown filesystem', twoPartitions, { volume: 'main:1', type: 'ext5' }],
  ['a long ext4 label', twoPartitions, { volume: 'main:2', type: 'ext4', label: 'ÄÖÜäöü more' }],
  ['an ext4 id that is no UUID', twoPartitions, { volume: 'main:2', type: 'ext4', uuid: 'ABCD1234' }],
  ['an unknown ext4 block size', twoPartitions, { volume: 'main:2', type: 'ext4', settings: { 'block-size': 512 } }],
  [
    'a setting of another filesystem',
    twoPartitions,
    { volume: 'main:2', type: 'ext4', settings: { 'cluster-size': 512 } },
  ],
  ['an unknown setting', twoPartitions, { volume: 'main:2', type: 'ext4', settings: { blocks: 512 } }],
  ['a FAT label that is too long', twoPartitions, { volume: 'main:1', type: 'fat32', label: 'EFI SYSTEM PARTITION' }],
  ['a FAT label in small letters', twoPartitions, { volume: 'main:1', type: 'fat32', label: 'esp' }],
  ['a FAT label with a dot', twoPartitions, { volume: 'main:1', type: 'fat32', label: 'A.B' }],
  ['a FAT label that begins with a space', twoPartitions, { volume: 'main:1', type: 'fat32', label: ' A' }],
  [
    'a FAT id that is a UUID',
    twoPartitions,
    { volume: 'main:1', type: 'fat32', uuid: '6c1e5b7a-4d21-8f0e-9a0b-9c6d9f6b2f0e' },
  ],
  [
    'an impossible cluster size',
    twoPartitions,
    { volume: 'main:1', type: 'fat32', settings: { 'cluster-size': 1000 } },
  ],
  [
    'clusters that are too large for the volume',
    twoPartitions,
    { volume: 'main:1', type: 'fat32', settings: { 'cluster-size': 4096 } },
  ],
  [
    'a FAT that is too small',
    [...gpt, [partition, { disk: 'main', size: '32MiB' }]],
    { volume: 'main:1', type: 'fat32' },
  ],
  [
    'an ext4 that is too small',
    [...gpt, [partition, { disk: 'main', size: '3MiB' }]],
    { volume: 'main:1', type: 'ext4' },
  ],
  [
    'an ext3 that is too small',
    [...gpt, [partition, { disk: 'main', size: '3MiB' }]],
    { volume: 'main:1', type: 'ext3' },
  ],
  [
    'an ext2 that is too small',
    [...gpt, [partition, { disk: 'main', size: '255KiB' }]],
    { volume: 'main:1', type: 'ext2' },
  ],
  ['a label with a line break', twoPartitions, { volume: 'main:2', type: 'ext2', label: 'a\nb' }],
])('refuses %s', (_, entries, options) => {
  expect(mistakeIn(job, options, worldAfter(...entries))).toMatchSnapshot();
});

test('a FAT of more than 2 TiB is refused', () => {
  const big = worldAfter([createDisk, { disk: 'big', size: '3TiB' }]);
  expect(mistakeIn(job, { volume: 'big', type: 'fat32' }, big)).toMatchInlineSnapshot(
    `"volume: 3TiB are too much for fat32 with clusters of 32768 bytes; make the volume smaller than 2TiB, or the clusters larger"`,
  );
});

test('whole disks can be formatted, and have no hidden sectors', () => {
  const { script } = guestWork(job, { volume: 'main', type: 'fat32' }, worldAfter(...blank));
  expect(script).toContain("'-h' '0' '/dev/vmb/main'");
});

test.each(['gpt', 'msdos'])('33 MiB are enough for fat32 on %s', (type) => {
  const small = worldAfter(
    [createDisk, { disk: 'main', size: '64MiB' }],
    [label, { disk: 'main', type }],
    [partition, { disk: 'main', size: '33MiB' }],
  );
  expect(guestWork(job, { volume: 'main:1', type: 'fat32' }, small).effects.title).toBe('format main:1 as fat32');
});

const large: readonly Entry[] = [[createDisk, { disk: 'main', size: '400MiB' }]];
const sized = (size: string): readonly Entry[] => [[createDisk, { disk: 'main', size }]];

test.each([
  ['exfat', { label: 'a label', uuid: '1a2b-3C4D' }],
  ['ntfs', { label: 'a label', uuid: '1a2b3C4D5e6F7081' }],
  ['xfs', { label: 'a label', uuid }],
  ['btrfs', { label: 'a label', uuid }],
  ['minix', {}],
  ['squashfs', {}],
  ['erofs', { uuid }],
  ['ufs', { uuid: '1a2b3C4D5e6F7081' }],
  ['ufs2', { label: 'a-label', uuid: '1a2b3C4D5e6F7081' }],
  ['swap', { label: 'a label', uuid }],
])('%s: what the plan knows, and the exact script', (type, options) => {
  const { effects, script } = guestWork(job, { volume: 'main', type, ...options }, worldAfter(...large));
  expect(effects.tools).toBe(true);
  expect(effects.disks?.[0]?.filesystems.get(0)).toMatchSnapshot();
  expect(script).toMatchSnapshot();
});

test.each<[string, string, Record<string, unknown>]>([
  ['exfat', '3MiB', {}],
  ['exfat', '8MiB', { label: 'twelve chars' }],
  ['exfat', '8MiB', { uuid }],
  ['ntfs', '1MiB', {}],
  ['ntfs', '17TiB', {}],
  ['ntfs', '8MiB', { label: 'x'.repeat(129) }],
  ['ntfs', '8MiB', { uuid: '1A2B-3C4D' }],
  ['xfs', '299MiB', {}],
  ['xfs', '400MiB', { label: 'thirteen char' }],
  ['xfs', '400MiB', { uuid: '1A2B-3C4D' }],
  ['btrfs', '108MiB', {}],
  ['btrfs', '400MiB', { label: 'x'.repeat(256) }],
  ['btrfs', '400MiB', { uuid: '1A2B-3C4D' }],
  ['minix', '65GiB', {}],
  ['minix', '8MiB', { label: 'a label' }],
  ['minix', '8MiB', { uuid }],
  ['squashfs', '8MiB', { label: 'a label' }],
  ['squashfs', '8MiB', { uuid }],
  ['erofs', '8MiB', { label: 'a label' }],
  ['erofs', '8MiB', { uuid: '1A2B-3C4D' }],
  ['ufs', '8TiB', {}],
  ['ufs', '8MiB', { label: 'a-label' }],
  ['ufs', '8MiB', { uuid: '1A2B-3C4D' }],
  ['ufs2', '8TiB', {}],
  ['ufs2', '8MiB', { label: 'a label' }],
  ['ufs2', '8MiB', { label: 'x'.repeat(32) }],
  ['ufs2', '8MiB', { uuid: '1A2B-3C4D' }],
  ['swap', '8MiB', { label: 'sixteen letters.' }],
  ['swap', '8MiB', { uuid: '1A2B-3C4D' }],
  ['swap', '8MiB', { settings: { 'block-size': 4096 } }],
])('%s of %s refuses %j', (type, size, options) => {
  expect(mistakeIn(job, { volume: 'main', type, ...options }, worldAfter(...sized(size)))).toMatchSnapshot();
});
