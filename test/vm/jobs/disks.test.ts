// Disks that change their size, and images in other formats: judged by programs of the host.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finished, makeVmb, type Vmb } from '../vmb.ts';
import { create, exported, formatted, partition, resize } from './disk-jobs.ts';

let vmb: Vmb;
let built: Finished;
const mebibyte = 1024 * 1024;

const volumes = ['gpt:2', 'msdos:6', 'fat:1', 'whole', 'xfs', 'btrfs', 'ntfs'];
const mounts = volumes.map((volume, index) => `"/v/${index}" = "${volume}"`).join(', ');

/** Every volume as $folder, beside the files that they get. */
const everywhere = (commands: string) => `
[[job]]
use = "run"
mount = { ${mounts} }
command = """
mkdir /tmp/files
for i in $(seq 0 49); do yes $i | head -n 999 > /tmp/files/f$i; done
for folder in /v/*; do ${commands}; done
"""
`;

// What shrinks does it at the end of a session, what grows before one: two boots.
const jobs = [
  create('gpt', '48MiB', 'gpt'),
  partition('gpt', '8MiB', 'type = "swap"\nname = "first"'),
  partition('gpt', 'rest', 'name = "last"'),
  formatted('gpt:2', 'ext4'),
  create('msdos', '48MiB', 'msdos'),
  partition('msdos', '4MiB', 'bootable = true'),
  partition('msdos', 'rest', 'kind = "extended"'),
  partition('msdos', '4MiB', 'kind = "logical"'),
  partition('msdos', 'rest', 'kind = "logical"'),
  formatted('msdos:6', 'ext3'),
  create('fat', '38MiB', 'gpt'),
  partition('fat', 'rest', 'type = "esp"'),
  formatted('fat:1', 'fat32'),
  create('whole', '12MiB'),
  formatted('whole', 'ext2'),
  create('xfs', '300MiB'),
  formatted('xfs', 'xfs'),
  create('btrfs', '512MiB'),
  formatted('btrfs', 'btrfs'),
  create('ntfs', '16MiB'),
  formatted('ntfs', 'ntfs'),
  everywhere('cp -r /tmp/files $folder'),
  '\n[[job]]\nuse = "dd"\nfrom = "vmb:bios-boot"\nto = "msdos"\nlength = 440\n',
  resize('gpt', '44MiB', 'gpt:2'),
  resize('msdos', '44MiB', 'msdos:6'),
  resize('fat', '36MiB', 'fat:1'),
  resize('whole', '8MiB', 'whole'),
  resize('btrfs', '288MiB', 'btrfs'),
  resize('ntfs', '10MiB', 'ntfs'),
  resize('gpt', '56MiB', 'gpt:2'),
  resize('whole', '16MiB', 'whole'),
  resize('xfs', '384MiB', 'xfs'),
  resize('btrfs', '400MiB', 'btrfs'),
  resize('ntfs', '20MiB', 'ntfs'),
  everywhere('diff -r /tmp/files $folder/files; printf afterwards > $folder/afterwards'),
  ...['gpt', 'msdos', 'fat', 'whole'].map((disk) => exported(disk, `${disk}.img`)),
  exported('gpt', 'kept.img', 'layout = "keep"'),
  exported('whole', 'whole.qcow2', 'format = "qcow2"'),
  exported('whole', 'whole.vhdx', 'format = "vhdx"'),
  exported('whole', 'whole.img.gz', 'format = "raw.gz"'),
  exported('whole', 'whole.img.xz', 'format = "raw.xz"'),
  exported('whole', 'whole.img.zst', 'format = "raw.zst"'),
  ...['xfs', 'btrfs', 'ntfs'].map((disk) => exported(disk, `${disk}.img`, 'layout = "keep"')),
].join('');

beforeAll(async () => {
  vmb = makeVmb();
  await vmb.addBuild('disks', jobs);
  built = await vmb.run('build', '--repo', 'test', '--name', 'disks', '--out', 'out');
  expect(built.stderr).toBe('');
  expect(built.exitCode).toBe(0);
});
afterAll(() => vmb.remove());

const out = (name: string) => join(vmb.folder, 'out', name);
const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });
const record = () => JSON.parse(readFileSync(out('disks.record.json'), 'utf8'));

interface Table {
  readonly label: string;
  readonly lastlba?: number;
  readonly partitions: readonly { readonly start: number; readonly size: number; readonly name?: string }[];
}

function table(name: string): Table {
  // What is wrong with a table goes to standard error.
  const complaints = execFileSync('sh', ['-c', 'sfdisk --verify "$1" 2>&1', 'sh', out(name)], { encoding: 'utf8' });
  expect(complaints).toContain('No errors detected.');
  return JSON.parse(run('sfdisk', '--json', out(name))).partitiontable;
}

const places = ({ partitions }: Table) => partitions.map(({ start, size }) => [start / 2048, size / 2048]);

test('every volume is laid out afresh after it was resized, as the plan says', () => {
  expect(built.stdout.match(/layout\.\S+: .*/g)).toEqual([
    'layout.gpt.2: fresh',
    'layout.msdos.6: fresh',
    'layout.fat.1: fresh',
    'layout.whole: fresh',
    'layout.whole: fresh',
    'layout.whole: fresh',
    'layout.whole: fresh',
    'layout.whole: fresh',
    'layout.whole: fresh',
  ]);
  expect(record().sessions.length).toBe(2);
});

test('tables end where their disks end, and the last partition with them', () => {
  expect(statSync(out('gpt.img')).size).toBe(56 * mebibyte);
  const gpt = table('gpt.img');
  expect(places(gpt)).toEqual([
    [1, 8],
    [9, 46],
  ]);
  expect(gpt.lastlba).toBe(56 * 2048 - 34);
  expect(gpt.partitions.map(({ name }) => name)).toEqual(['first', 'last']);
  expect(statSync(out('msdos.img')).size).toBe(44 * mebibyte);
  expect(places(table('msdos.img'))).toEqual([
    [1, 4],
    [5, 39],
    [6, 4],
    [11, 33],
  ]);
  expect(statSync(out('fat.img')).size).toBe(36 * mebibyte);
  const fat = table('fat.img');
  expect([places(fat), fat.lastlba]).toEqual([[[1, 34]], 36 * 2048 - 34]);
  expect(statSync(out('whole.img')).size).toBe(16 * mebibyte);
});

test('boot code stays where the table changes', () => {
  const code = readFileSync(out('msdos.img')).subarray(0, 440);
  expect(code.some((byte) => byte !== 0)).toBe(true);
});

const ext4 = [
  ['gpt.img', 9, 46],
  ['kept.img', 9, 46],
  ['msdos.img', 11, 33],
  ['whole.img', 0, 16],
] as const;

test.each(ext4)(
  'ext2, ext3 or ext4 in %s is as large as its volume, clean, and holds what it held',
  (name, startMebibytes, mebibytes) => {
    const volume = `${out(name)}?offset=${startMebibytes * mebibyte}`;
    run('e2fsck', '-fn', volume);
    const header = run('dumpe2fs', '-h', volume);
    const [count, size] = [/^Block count: +(\d+)/m, /^Block size: +(\d+)/m].map((field) =>
      Number(field.exec(header)?.[1]),
    );
    expect((count ?? 0) * (size ?? 0)).toBe(mebibytes * mebibyte);
    expect(run('debugfs', '-R', 'cat files/f49', volume)).toBe('49\n'.repeat(999));
    expect(run('debugfs', '-R', 'cat afterwards', volume)).toBe('afterwards');
  },
);

test('FAT as well', () => {
  run('dd', `if=${out('fat.img')}`, `of=${out('fat.1')}`, 'bs=1M', 'skip=1', 'count=34', 'status=none');
  run('fsck.fat', '-n', out('fat.1'));
  expect(run('minfo', '-i', out('fat.1'))).toContain(`big size: ${34 * 2048} sectors`);
  expect(run('mtype', '-i', out('fat.1'), '::/files/f49')).toBe('49\n'.repeat(999));
  expect(run('mtype', '-i', out('fat.1'), '::/afterwards')).toBe('afterwards');
});

test('xfs grows', () => {
  run('xfs_repair', '-n', out('xfs.img'));
  expect(run('xfs_db', '-r', '-c', 'sb 0', '-c', 'print dblocks', out('xfs.img'))).toBe(`dblocks = ${384 * 256}\n`);
});

test('btrfs as well, after it has shrunk', () => {
  run('btrfs', 'check', '--readonly', out('btrfs.img'));
  const header = run('btrfs', 'inspect-internal', 'dump-super', out('btrfs.img'));
  expect(/^total_bytes\s+(\d+)$/m.exec(header)?.[1]).toBe(String(400 * mebibyte));
});

test('NTFS as well, which is made anew', () => {
  run('ntfsfix', '-n', out('ntfs.img'));
  // All but the last sector, which holds a copy of the first.
  expect(readFileSync(out('ntfs.img')).readBigUInt64LE(40)).toBe(BigInt(20 * 2048 - 1));
  expect(run('ntfscat', out('ntfs.img'), 'files/f49')).toBe('49\n'.repeat(999));
  expect(run('ntfscat', out('ntfs.img'), 'afterwards')).toBe('afterwards');
});

test('images in other formats hold the same disk, and the record names both', () => {
  const raw = readFileSync(out('whole.img'));
  const sha256 = createHash('sha256').update(raw).digest('hex');
  for (const format of ['qcow2', 'vhdx']) {
    expect(run('qemu-img', 'check', '-f', format, out(`whole.${format}`))).toContain('No errors were found');
    run('qemu-img', 'compare', '-f', 'raw', '-F', format, out('whole.img'), out(`whole.${format}`));
  }
  for (const [ending, program] of [
    ['xz', 'xz'],
    ['zst', 'zstd'],
  ] as const) {
    run('sh', '-c', `${program} -d -c '${out(`whole.img.${ending}`)}' | cmp - '${out('whole.img')}'`);
  }
  expect(gunzipSync(readFileSync(out('whole.img.gz'))).equals(raw)).toBe(true);
  const told = record().artifacts.map(({ name, image }: { name: string; image?: object }) => [name, image]);
  expect(told.slice(5, 10)).toEqual([
    ['whole.qcow2', { format: 'qcow2', sizeBytes: raw.length, sha256 }],
    ['whole.vhdx', { format: 'vhdx', sizeBytes: raw.length, sha256 }],
    ['whole.img.gz', { format: 'raw.gz', sizeBytes: raw.length, sha256 }],
    ['whole.img.xz', { format: 'raw.xz', sizeBytes: raw.length, sha256 }],
    ['whole.img.zst', { format: 'raw.zst', sizeBytes: raw.length, sha256 }],
  ]);
  expect(told.slice(0, 5).every(([, image]: [string, object?]) => image === undefined)).toBe(true);
});
