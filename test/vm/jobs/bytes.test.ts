// hash, remove, dd, diff and fetch in one build: bytes go where they belong, what is removed is gone and nothing else, digests
// are those that the host finds, and every change is told.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finished, makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
let built: Finished;
const mebibyte = 1024 * 1024;
const greeting = 'hello from elsewhere\n';
const bootLoader = Array.from({ length: 300 }, (_, index) => `boot loader ${index}\n`).join('');
const tarFile = join(mkdtempSync(join(tmpdir(), 'vmb-fetched-')), 'tree.tar');
const digestOf = (algorithm: string, bytes: string | Buffer) => createHash(algorithm).update(bytes).digest('hex');

const jobs = (url: string) => `
[vars]
token = "none"

[[job]]
use = "create-disk"
disk = "main"
size = "96MiB"

[[job]]
use = "label"
disk = "main"
type = "msdos"

[[job]]
use = "partition"
disk = "main"
size = "32MiB"

[[job]]
use = "partition"
disk = "main"
size = "1MiB"

[[job]]
use = "partition"
disk = "main"
type = "0c"
size = "rest"

[[job]]
use = "format"
volume = "main:1"
type = "ext4"

[[job]]
use = "format"
volume = "main:3"
type = "fat32"

[[job]]
use = "copy-in"
from = "boot-loader"
to = "main:1:/boot-loader"

[[job]]
use = "copy-in"
from = "files"
to = "main:3:/EFI"

[[job]]
use = "run"
command = '''
cd /mnt
mkdir -p "cache/it's" cache/sub/deep keep
touch cache/.hidden "cache/it's/$(id)" 'cache/two
lines' cache/-rf "$(printf 'cache/\\377')" keep/file 'a*' ab
ln -s /keep cache/absolute
ln -s ../../../../keep cache/sub/climbing
ln -s keep link
'''
mount = { "/mnt" = "main:1" }

[[job]]
use = "remove"
what = ["main:1:/cache/*", "main:1:/link", "main:1:/a[*]", "main:3:/efi/Two.txt", "main:3:/EFI/o*"]

[[job]]
use = "remove"
what = "main:1:/cache/*"
missing = "ok"

[[job]]
use = "tar-out"
from = "main:1:/"
as = "left.tar"

[[job]]
use = "dd"
from = "boot-loader"
to = "main"
length = 440

[[job]]
use = "dd"
from = "main:1:/boot-loader"
to = "main"
skip = 512
offset = 512

[[job]]
use = "dd"
from = "artifact:left.tar"
to = "main:2"
offset = 1000

[[job]]
use = "dd"
from = "boot-loader"
to = "main:3"
offset = 90
length = 420
over-filesystem = true

[[job]]
id = "of-volume"
use = "hash"
of = "main:2"
algorithm = "sha512"

[[job]]
id = "of-file"
use = "hash"
of = "main:1:/boot-loader"
expect = "${digestOf('sha256', bootLoader)}"

[[job]]
use = "fetch"
url = "${url}/tree.tar?token=$\{token}"
sha256 = "${digestOf('sha256', readFileSync(tarFile))}"
as = "tree"

[[job]]
use = "tar-in"
from = "fetched:tree"
to = "main:1:/fetched"

[[job]]
use = "fetch"
url = "file:files/one.txt"
sha512 = "${digestOf('sha512', '1')}"
to = "main:1:/fetched/"
mode = "0600"

[[job]]
use = "hash"
of = "main:1:/fetched/greeting"

[[job]]
use = "tar-out"
from = "main:1:/"
as = "all.tar"

[[job]]
use = "hash"
of = "main:1"

[[job]]
use = "hash"
of = "main"
${['ab', 'ba']
  .map(
    (order) => `
[[job]]
use = "create-disk"
disk = "${order}"
size = "1MiB"

[[job]]
use = "format"
volume = "${order}"
type = "ext2"

[[job]]
use = "tar-in"
from = "${order}.tar"
to = "${order}:/"

[[job]]
use = "hash"
of = "${order}"
`,
  )
  .join('')}
[[job]]
use = "export"
disk = "main"
as = "main.img"

[[job]]
use = "hash"
of = "artifact:main.img"
algorithm = "sha512"

[[job]]
use = "diff"
of = "artifact:main.img"
as = "since"

[[job]]
use = "run"
command = '''
cd /mnt
chmod 4711 boot-loader
chown 7:8 keep
echo more >> keep/file
ln -sf link ab
mkfifo pipe
'''
mount = { "/mnt" = "main:1" }

[[job]]
use = "copy-in"
content = "attributes"
to = "main:1:/keep/attributes"
xattrs = { "user.vmb" = "y" }

[[job]]
use = "copy-in"
content = "new"
to = "main:3:/new.txt"

[[job]]
use = "export"
disk = "main"
as = "changed.img"

[[job]]
use = "diff"
of = "artifact:changed.img"
against = "artifact:main.img"
as = "changes"
`;

beforeAll(async () => {
  vmb = makeVmb();
  const source = dirname(tarFile);
  writeFileSync(join(source, 'greeting'), greeting);
  // The same archive each time, so that the machine's store keeps one of them.
  execFileSync('tar', ['--mtime=@0', '--owner=0', '--group=0', '--mode=640', '-C', source, '-cf', tarFile, 'greeting']);
  const server = createServer((_, response) => response.end(readFileSync(tarFile)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  await vmb.addBuild('bytes', jobs(url), {
    'boot-loader': bootLoader,
    'files/one.txt': '1',
    'files/two.txt': '2',
    'files/three.txt': '3',
  });
  for (const order of ['ab', 'ba']) {
    const attributes = [...order].map((letter) => `SCHILY.xattr.user.${letter}:=${letter}`).join(',');
    const options = [
      '--format=pax',
      `--pax-option=${attributes},delete=atime,delete=ctime`,
      '--mtime=@0',
      '-C',
      source,
    ];
    execFileSync('tar', [...options, '-cf', join(vmb.folder, `repository/bytes/${order}.tar`), 'greeting']);
  }
  const secret = ['--var', 'token=topsecret'];
  built = await vmb.run('build', '--repo', 'test', '--name', 'bytes', '--out', 'out', '--json', ...secret);
  await new Promise((resolve) => server.close(resolve));
  expect(built.stderr).toBe('');
  expect(built.exitCode).toBe(0);
});
afterAll(() => {
  vmb.remove();
  rmSync(dirname(tarFile), { recursive: true });
});

const out = (name: string) => join(vmb.folder, 'out', name);

test('what is removed is gone, and nothing else', () => {
  const listed = execFileSync('tar', ['-tf', out('left.tar')], { encoding: 'utf8', env: { LC_ALL: 'C' } });
  expect(listed.trim().split('\n')).toEqual(['./', './ab', './boot-loader', './cache/', './keep/', './keep/file']);
  const files = execFileSync('mdir', ['-b', '-s', '-a', '-i', `${out('main.img')}@@34M`, '::'], { encoding: 'utf8' });
  expect(files.trim().split('\n').sort()).toEqual(['::/EFI/', '::/EFI/three.txt']);
});

test('boot code lies beside the partition table, the rest behind it, and filesystems are untouched', () => {
  const image = readFileSync(out('main.img'));
  const loader = Buffer.from(bootLoader);
  expect(image.subarray(0, 440).equals(loader.subarray(0, 440))).toBe(true);
  expect(image.subarray(512, loader.length).equals(loader.subarray(512))).toBe(true);
  expect(image.subarray(loader.length, mebibyte).every((byte) => byte === 0)).toBe(true);
  const table = JSON.parse(execFileSync('sfdisk', ['--json', out('main.img')], { encoding: 'utf8' })).partitiontable;
  expect(table.label).toBe('dos');
  expect(table.partitions.map(({ start, size }: { start: number; size: number }) => [start, size])).toEqual([
    [2048, 65_536],
    [67_584, 2048],
    [69_632, 126_976],
  ]);
  const volume = image.subarray(33 * mebibyte, 34 * mebibyte);
  const tar = readFileSync(out('left.tar'));
  expect(volume.subarray(0, 1000).every((byte) => byte === 0)).toBe(true);
  expect(volume.subarray(1000, 1000 + tar.length).equals(tar)).toBe(true);
  expect(volume.subarray(1000 + tar.length).every((byte) => byte === 0)).toBe(true);
  execFileSync('e2fsck', ['-fn', `${out('main.img')}?offset=${mebibyte}`], { stdio: 'pipe' });
});

test('a volume whose boot sector dd changed is exported as it is, and the record says why', () => {
  const record = JSON.parse(readFileSync(out('bytes.record.json'), 'utf8'));
  const { facts } = record.steps.find(({ title }: { title: string }) => title.includes('main.img'));
  expect(facts).toEqual({
    'layout.main.1': 'fresh',
    'layout.main.3': 'kept, because its boot sector or its features are no longer those that vmb gave it',
  });
  const begin = 34 * mebibyte;
  const sector = readFileSync(out('main.img')).subarray(begin, begin + 512);
  expect(sector.subarray(90, 510).toString()).toBe(bootLoader.slice(0, 420));
  expect(sector.readUInt16LE(510)).toBe(0xaa55);
});

test('what was fetched is in the volume, and its secret nowhere', () => {
  const stat = (path: string) => {
    const said = execFileSync('debugfs', ['-R', `stat ${path}`, `${out('main.img')}?offset=${mebibyte}`], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return /Mode: +(\d+)/.exec(said)?.[1];
  };
  expect([stat('/fetched/greeting'), stat('/fetched/one.txt')]).toEqual(['0640', '0600']);
  const record = readFileSync(out('bytes.record.json'), 'utf8');
  expect(JSON.parse(record).build.vars).toEqual({ token: '…' });
  expect(`${built.stdout}${record}`).not.toContain('topsecret');
});

test('digests are facts of the build, and those that the host finds', () => {
  const record = JSON.parse(readFileSync(out('bytes.record.json'), 'utf8'));
  const facts = record.steps
    .filter(({ job }: { job: string }) => job === 'hash')
    .map((step: { title: string; facts: object }) => [step.title, step.facts]);
  const digest = digestOf('sha256', bootLoader);
  const volume = readFileSync(out('main.img')).subarray(33 * mebibyte, 34 * mebibyte);
  // Attributes have no order, whichever was made first.
  const [, ofAttributes] = facts.find(([title]: [string]) => title === 'hash ab with sha256');
  expect(facts).toEqual([
    ['hash main:2 with sha512', { sha512: digestOf('sha512', volume) }],
    [`hash main:1:/boot-loader with sha256 and check that it is ${digest.slice(0, 16)}…`, { sha256: digest }],
    ['hash main:1:/fetched/greeting with sha256', { sha256: digestOf('sha256', greeting) }],
    // Of a volume with files it is that of the archive which tar-out makes of it.
    ['hash main:1 with sha256', { sha256: digestOf('sha256', readFileSync(out('all.tar'))) }],
    ['hash main with sha256', { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
    ['hash ab with sha256', ofAttributes],
    ['hash ba with sha256', ofAttributes],
    ['hash artifact:main.img with sha512', { sha512: digestOf('sha512', readFileSync(out('main.img'))) }],
  ]);
  const told = built
    .events()
    .filter(({ type, facts }) => type === 'step-done' && JSON.stringify(facts).includes(digest));
  expect(told).toHaveLength(1);
});

const changes = [
  '1:/ab: type: link, and file',
  '1:/boot-loader: mode: 4711, and 644',
  '1:/keep: owner: 7:8, and 0:0',
  '1:/keep/attributes: only in the first (file)',
  '1:/keep/file: content: 5 bytes, sha256 2396099c6c084fa4…, and 0 bytes, sha256 e3b0c44298fc1c14…',
  '1:/pipe: only in the first (pipe)',
  '3:/new.txt: only in the first (file)',
];

test('the job diff tells every file that changed, as a fact, as text and as JSON', () => {
  const [heading, second, ...lines] = readFileSync(out('changes'), 'utf8').trim().split('\n');
  expect([heading, second, lines]).toEqual(['first: artifact:changed.img', 'second: artifact:main.img', changes]);
  const { schema, compared, differences } = JSON.parse(readFileSync(out('changes.json'), 'utf8'));
  expect([schema, compared, differences.length]).toEqual([1, true, changes.length]);
  const record = JSON.parse(readFileSync(out('bytes.record.json'), 'utf8'));
  expect(record.steps.at(-1).facts).toEqual({ diff: `${changes.length} differences` });
  expect(readFileSync(out('since'), 'utf8').split('\n')[2]).toBe(
    'nothing to compare with, because it was not built here before',
  );
});

test('vmb diff tells the same of any two images, in a VM', async () => {
  const image = join(vmb.folder, 'other.img');
  copyFileSync(out('changed.img'), image);
  const volume = `${image}?offset=${mebibyte}`;
  execFileSync('debugfs', ['-w', '-R', 'ea_set /keep/attributes user.vmb n', volume], { stdio: 'pipe' });
  execFileSync('mdel', ['-i', `${image}@@34M`, '::/new.txt']);
  execFileSync('sfdisk', ['--part-type', '--quiet', image, '2', '82']);
  const { exitCode, stdout, stderr } = await vmb.run('diff', out('changed.img'), image);
  expect([exitCode, stderr]).toEqual([3, '']);
  expect(stdout.trim().split('\n')).toEqual([
    'table: partition 2 : start= 67584, size= 2048, type=83, and partition 2 : start= 67584, size= 2048, type=82',
    '1:/keep/attributes: xattr: user.vmb=0x79, and user.vmb=0x6e',
    '3:/new.txt: only in the first (file)',
  ]);
});

test('vmb diff looks into a whole disk of NTFS, whose first sector a table could have, too', async () => {
  const images = ['one', 'two'].map((name) => join(vmb.folder, `${name}.ntfs.img`));
  const [one = '', two = ''] = images;
  writeFileSync(one, '');
  truncateSync(one, 4 * mebibyte);
  execFileSync('mkntfs', ['-F', '-Q', '-q', '-T', one], { stdio: 'pipe' });
  copyFileSync(one, two);
  for (const [index, image] of images.entries()) {
    const file = join(vmb.folder, `text${index}`);
    writeFileSync(file, `text ${index}`);
    execFileSync('ntfscp', ['-f', image, file, 'same name'], { stdio: 'pipe' });
  }
  const { exitCode, stdout, stderr } = await vmb.run('diff', one, two);
  expect([exitCode, stderr, stdout.trim().split('\n')]).toEqual([
    3,
    '',
    [expect.stringMatching(/^\/same name: content: 6 bytes, sha256 [0-9a-f]{16}…, and 6 bytes, sha256 [0-9a-f]{16}…$/)],
  ]);
});

test('a digest that is another fails the step, and both are named', async () => {
  const expected = digestOf('sha256', 'another');
  const blank = `
[[job]]
use = "create-disk"
disk = "main"
size = "1MiB"

[[job]]
use = "hash"
of = "main"
expect = "${expected}"
`;
  await vmb.addBuild('another', blank);
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'another', '--out', 'another');
  expect(finished.exitCode).toBe(1);
  const found = digestOf('sha256', Buffer.alloc(mebibyte));
  expect(`${finished.stdout}${finished.stderr}`).toContain(
    `main has the sha256 digest ${found}, but the build file expects ${expected}. Correct \`expect\`, or what comes before this step.`,
  );
});
