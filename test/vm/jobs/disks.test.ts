// Disks that change their size, and images in other formats: judged by sfdisk, e2fsck, fsck.fat, mtools and qemu-img of the host.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finished, makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
let built: Finished;
const mebibyte = 1024 * 1024;

const create = (disk: string, size: string, label?: string) => `
[[job]]
use = "create-disk"
disk = "${disk}"
size = "${size}"
${label === undefined ? '' : `[[job]]\nuse = "label"\ndisk = "${disk}"\ntype = "${label}"`}
`;
const partition = (disk: string, size: string, more = '') => `
[[job]]
use = "partition"
disk = "${disk}"
size = "${size}"
${more}
`;
const filled = (volume: string, type: string) => `
[[job]]
use = "format"
volume = "${volume}"
type = "${type}"
[[job]]
use = "copy-in"
from = "files"
to = "${volume}:/files"
`;
const resize = (disk: string, size: string, volume?: string) => `
[[job]]
use = "resize-disk"
disk = "${disk}"
size = "${size}"
${volume === undefined ? '' : `volume = "${volume}"`}
`;
const exported = (disk: string, as: string, more = '') => `
[[job]]
use = "export"
disk = "${disk}"
as = "${as}"
${more}
`;

// Shrinking ends a session, growing begins one: two of each are four boots.
const jobs = [
  create('gpt', '96MiB', 'gpt'),
  partition('gpt', '8MiB', 'type = "swap"\nname = "first"'),
  partition('gpt', 'rest', 'name = "last"'),
  filled('gpt:2', 'ext4'),
  create('msdos', '96MiB', 'msdos'),
  partition('msdos', '4MiB', 'bootable = true'),
  partition('msdos', 'rest', 'kind = "extended"'),
  partition('msdos', '4MiB', 'kind = "logical"'),
  partition('msdos', 'rest', 'kind = "logical"'),
  filled('msdos:6', 'ext4'),
  create('fat', '128MiB', 'gpt'),
  partition('fat', 'rest', 'type = "esp"'),
  filled('fat:1', 'fat32'),
  create('whole', '16MiB'),
  filled('whole', 'ext4'),
  '\n[[job]]\nuse = "dd"\nfrom = "vmb:bios-boot"\nto = "msdos"\nlength = 440\n',
  resize('msdos', '64MiB', 'msdos:6'),
  resize('fat', '80MiB', 'fat:1'),
  resize('gpt', '192MiB', 'gpt:2'),
  resize('whole', '24MiB', 'whole'),
  ...['gpt:2', 'msdos:6', 'fat:1', 'whole'].map(
    (volume) => `\n[[job]]\nuse = "copy-in"\ncontent = "afterwards"\nto = "${volume}:/afterwards"\n`,
  ),
  ...['gpt', 'msdos', 'fat', 'whole'].map((disk) => exported(disk, `${disk}.img`)),
  exported('gpt', 'kept.img', 'layout = "keep"'),
  exported('whole', 'whole.qcow2', 'format = "qcow2"'),
  exported('whole', 'whole.vhdx', 'format = "vhdx"'),
  exported('whole', 'whole.img.gz', 'format = "raw.gz"'),
  exported('whole', 'whole.img.xz', 'format = "raw.xz"'),
  exported('whole', 'whole.img.zst', 'format = "raw.zst"'),
].join('');

beforeAll(async () => {
  vmb = makeVmb();
  const files = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`files/f${index}`, `${index}\n`.repeat(999)]),
  );
  await vmb.addBuild('disks', jobs, files);
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
});

test('tables end where their disks end, and the last partition with them', () => {
  expect(statSync(out('gpt.img')).size).toBe(192 * mebibyte);
  const gpt = table('gpt.img');
  expect(places(gpt)).toEqual([
    [1, 8],
    [9, 182],
  ]);
  expect(gpt.lastlba).toBe(192 * 2048 - 34);
  expect(gpt.partitions.map(({ name }) => name)).toEqual(['first', 'last']);
  expect(statSync(out('msdos.img')).size).toBe(64 * mebibyte);
  expect(places(table('msdos.img'))).toEqual([
    [1, 4],
    [5, 59],
    [6, 4],
    [11, 53],
  ]);
  expect(statSync(out('fat.img')).size).toBe(80 * mebibyte);
  const fat = table('fat.img');
  expect([places(fat), fat.lastlba]).toEqual([[[1, 78]], 80 * 2048 - 34]);
  expect(statSync(out('whole.img')).size).toBe(24 * mebibyte);
});

test('boot code stays where the table changes', () => {
  const code = readFileSync(out('msdos.img')).subarray(0, 440);
  expect(code.some((byte) => byte !== 0)).toBe(true);
});

const ext4 = [
  ['gpt.img', 9, 182],
  ['kept.img', 9, 182],
  ['msdos.img', 11, 53],
  ['whole.img', 0, 24],
] as const;

test.each(ext4)(
  'ext4 in %s is as large as its volume, clean, and holds what it held',
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
  run('dd', `if=${out('fat.img')}`, `of=${out('fat.1')}`, 'bs=1M', 'skip=1', 'count=78', 'status=none');
  run('fsck.fat', '-n', out('fat.1'));
  expect(run('minfo', '-i', out('fat.1'))).toContain(`big size: ${78 * 2048} sectors`);
  expect(run('mtype', '-i', out('fat.1'), '::/files/f49')).toBe('49\n'.repeat(999));
  expect(run('mtype', '-i', out('fat.1'), '::/afterwards')).toBe('afterwards');
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
  expect(told.slice(5)).toEqual([
    ['whole.qcow2', { format: 'qcow2', sizeBytes: raw.length, sha256 }],
    ['whole.vhdx', { format: 'vhdx', sizeBytes: raw.length, sha256 }],
    ['whole.img.gz', { format: 'raw.gz', sizeBytes: raw.length, sha256 }],
    ['whole.img.xz', { format: 'raw.xz', sizeBytes: raw.length, sha256 }],
    ['whole.img.zst', { format: 'raw.zst', sizeBytes: raw.length, sha256 }],
  ]);
  expect(told.slice(0, 5).every(([, image]: [string, object?]) => image === undefined)).toBe(true);
});

test('what is in use is not cut off, and the reason is said', async () => {
  const full = `${create('main', '64MiB')}
[[job]]
use = "format"
volume = "main"
type = "ext4"
[[job]]
use = "run"
command = "dd if=/dev/urandom of=/mnt/big bs=1M count=40"
mount = { "/mnt" = "main" }
${resize('main', '32MiB', 'main')}${exported('main', 'main.img')}`;
  await vmb.addBuild('full', full);
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'full', '--out', 'full');
  expect(finished.exitCode).toBe(1);
  expect(`${finished.stdout}${finished.stderr}`).toMatch(
    /main cannot be resized to 32MiB, because what is in it needs \d+ of its blocks, and only 8192 would be left/,
  );
});
