// export: equal content is equal bytes whatever the history, what is there afterwards is what was there before, and what
// cannot be laid out afresh is kept, with the reason.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { type Finished, makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
beforeAll(() => {
  vmb = makeVmb();
});
afterAll(() => vmb.remove());

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC0', MTOOLS_SKIP_CHECK: '1' };
const mebibyte = 1024 * 1024;
const id = (digit: number) => `00000000-0000-8000-8000-00000000000${digit}`;

/** Two volumes, alike on both disks but for the disk's name. */
function disk(name: string): string {
  return `
[[job]]
use = "create-disk"
disk = "${name}"
size = "128MiB"

[[job]]
use = "label"
disk = "${name}"
type = "gpt"
uuid = "${id(1)}"

[[job]]
use = "partition"
disk = "${name}"
type = "esp"
size = "40MiB"
uuid = "${id(2)}"

[[job]]
use = "partition"
disk = "${name}"
size = "rest"
uuid = "${id(3)}"

[[job]]
use = "format"
volume = "${name}:1"
type = "fat32"
label = "ESP"
uuid = "1A2B-3C4D"

[[job]]
use = "format"
volume = "${name}:2"
type = "ext4"
label = "system"
uuid = "${id(4)}"
`;
}

const run = (command: string, volume: string) => `
[[job]]
use = "run"
command = '''
${command}
'''
mount = { "/mnt" = "${volume}" }
`;

const exported = (name: string, layout = '') => `
[[job]]
use = "export"
disk = "${name}"
as = "${name}.img"
${layout}
`;

/** What both disks hold in the end; \`$order\` sorts numbers one way or the other. */
const ext4Content = `
cd /mnt
for i in $(seq 1 300 | $order); do mkdir -p many; echo "content $i" > "many/f$i"; done
for i in $(seq 1 20 | $order); do mkdir -p "d$i/sub"; echo "$i" > "d$i/sub/file with spaces"; done
mkdir odd links
for name in '<12>' '"' '\\' '$(id)' -n é "it's" 'two
lines'; do echo odd > "odd/$name"; done
echo one > links/one
for name in $(printf 'two\\nthree\\n' | $order); do ln links/one "links/$name"; done
ln -s one links/short
ln -s /a/target/that/is/too/long/for/the/inode/which/has/room/for/fifty-nine/bytes links/long
mknod null c 1 3
mkfifo pipe
truncate -s 8M holes
printf end | dd of=holes bs=1 seek=5000000 conv=notrunc 2> /dev/null
chown 1000:70000 d3
chmod 1777 d4
chmod 4755 'd5/sub/file with spaces'
chmod 750 .
chown 5:6 .
touch -d @1000000000 d6 'd6/sub/file with spaces'
touch -h -d @1100000000 links/short
`;
const fatContent = `
cd /mnt
mkdir -p EFI/BOOT 'Folder with [é]/inner'
for i in $(seq 1 60 | $order); do echo "$i" > "EFI/BOOT/A long file name $i.txt"; done
for name in UPPER.TXT lower.txt Mixed.Txt É.TXT 日本語.txt 'a+b=c;d,e[f].txt' .hidden 'two  spaces' '$(id) & '"'q'" 'a[1]' a1; do
  echo "$name" > "Folder with [é]/$name"
  echo "$name" > "Folder with [é]/inner/$name"
done
seq 1 200000 > EFI/seq
chmod a-w EFI/seq
touch -d @1000000001 'EFI/BOOT/A long file name 7.txt'
`;
/** Files that come and go, blocks that were in use, an attribute list and an inode table with a past. */
const junk = `
cd /mnt
mkdir junk
for i in $(seq 1 200); do echo "$i" > "junk/$i"; done
dd if=/dev/urandom of=big bs=1M count=16 2> /dev/null
rm -rf junk big
`;

/** A tar of files with attributes in the given order, written by the host's tar: it goes in with tar-in. */
function attributes(volume: string): string {
  return `
[[job]]
use = "tar-in"
from = "${volume}.tar"
to = "${volume}:2:/attributes"
`;
}

async function writeAttributes(name: string, names: readonly string[]): Promise<void> {
  const { writeTar } = await import('../../../build-vm/border/tar-write.ts');
  const { writeFile } = await import('node:fs/promises');
  const values = new Map(names.map((attribute) => [attribute, Buffer.from(`${attribute}\n`.repeat(attribute.length))]));
  const entries = ['file', 'other'].map((path) => ({
    type: 'file' as const,
    path,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeSeconds: 1_000_000_000,
    xattrs: values,
    sizeBytes: 0,
    content: async function* () {},
  }));
  const chunks = [];
  for await (const chunk of writeTar(entries)) chunks.push(chunk);
  await writeFile(join(vmb.folder, 'repository', 'history', `${name}.tar`), Buffer.concat(chunks));
}

async function build(name: string): Promise<{ finished: Finished; out: string }> {
  const out = join(vmb.folder, name);
  return { finished: await vmb.run('build', '--repo', 'test', '--name', name, '--out', out), out };
}

/** The bytes of a partition as a file. */
async function piece(image: string, startMebibytes: number, sizeMebibytes: number): Promise<string> {
  const target = `${image}.${startMebibytes}`;
  const range = [`skip=${startMebibytes}`, `count=${sizeMebibytes}`, 'bs=1M', 'conv=sparse', 'status=none'];
  await localCommands.run('dd', [`if=${image}`, `of=${target}`, ...range]);
  return target;
}

test('two histories, one content: the same bytes', async () => {
  const jobs = `${disk('one')}${disk('two')}
${run(`order="sort -n"\n${ext4Content}`, 'one:2')}${attributes('one')}${run(`order="sort -n"\n${fatContent}`, 'one:1')}
${run(junk, 'two:2')}${run(`order="sort -rn"\n${ext4Content}\ncat many/* > /dev/null\nsleep 1.1\ntouch d7 null`, 'two:2')}${attributes('two')}
[[job]]
use = "run"
command = '''
date -s @1999999999 > /dev/null
${junk}
order="sort -rn"
${fatContent}
'''
mount = { "/mnt" = "two:1" }
privileged = true
${exported('one')}${exported('two')}`;
  await vmb.addBuild('history', jobs);
  const names = ['user.b', 'user.a', 'user.with "quotes"', 'trusted.long.name', 'user.z'];
  await writeAttributes('one', names);
  await writeAttributes('two', [...names].reverse());
  const { finished, out } = await build('history');
  expect(finished.stderr).toBe('');
  expect(finished.exitCode).toBe(0);
  expect(finished.stdout.match(/layout\.\S+: .*/g)).toEqual([
    'layout.one.1: fresh',
    'layout.one.2: fresh',
    'layout.two.1: fresh',
    'layout.two.2: fresh',
  ]);
  const [one, two] = ['one.img', 'two.img'].map((name) => readFileSync(join(out, name)));
  expect(one?.length).toBe(128 * mebibyte);
  expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
});

test('the checkers of both filesystems find nothing', async () => {
  const image = join(vmb.folder, 'history', 'one.img');
  await localCommands.run('e2fsck', ['-f', '-n', await piece(image, 41, 86)], { env });
  const { stdout } = await localCommands.run('fsck.fat', ['-n', await piece(image, 1, 40)], { env });
  expect(stdout).toContain(': 88 files, ');
});

test('ext4 holds what was in it, with times of the epoch at most', async () => {
  const volume = `${join(vmb.folder, 'history', 'one.img')}.41`;
  const ask = async (request: string) => (await localCommands.run('debugfs', ['-R', request, volume], { env })).stdout;
  expect(await ask('stat /')).toMatch(/Mode: {2}0750 .*\nUser: +5 +Group: +6 /s);
  expect(await ask('stat d3')).toMatch(/User: +1000 +Group: 70000 /);
  expect(await ask('stat "d5/sub/file with spaces"')).toContain('Mode:  04755');
  expect(await ask('stat links/one')).toContain('Links: 3 ');
  expect(await ask('stat links/short')).toContain('mtime: 0x4190ab00:00000000');
  expect(await ask('stat d6')).toMatch(
    /ctime: 0x6955b900:0{8} .*\n atime: 0x6955b900:0{8} .*\n mtime: 0x3b9aca00:0{8} /,
  );
  expect(await ask('stat many')).toMatch(
    /ctime: 0x6955b900:0{8} .*\n atime: 0x6955b900:0{8} .*\n mtime: 0x6955b900:0{8} /,
  );
  expect(await ask('stat null')).toContain('Device major/minor number: 01:03');
  expect(await ask('cat "odd/it\'s"')).toBe('odd');
  expect((await ask('ls -p odd')).match(/\/([^/]*)\/\d*\/$/gm)?.length).toBe(10);
  // First what has room in the inode, then what is in a block, which ext4 sorts by kind and length.
  expect((await ask('ea_list attributes/file')).split('\n').map((line) => line.replace(/ \(.*/, ''))).toEqual([
    'Extended attributes:',
    '  user.a',
    '  user.b',
    '  user.z',
    '  user.with \\"quotes\\"',
    '  trusted.long.name',
  ]);
  expect(await ask('ea_get -V attributes/file user.z')).toBe('user.z\n'.repeat(6));
});

test('FAT holds what was in it', async () => {
  const volume = `${join(vmb.folder, 'history', 'one.img')}.1`;
  const mtools = async (program: string, ...args: string[]) =>
    (await localCommands.run(program, ['-i', volume, ...args], { env })).stdout;
  expect(await mtools('mtype', '::/Folder with [[]é]/inner/日本語.txt')).toBe('日本語.txt');
  expect(await mtools('mattrib', '::/EFI/seq')).toContain('  A    R     ::/EFI/seq');
  const listing = await mtools('mdir', '::/EFI/BOOT');
  expect(listing).toMatch(/2001-09-09 {3}1:46 {2}A long file name 7\.txt/);
  expect(listing).toMatch(/2026-01-01 {3}0:00 {2}A long file name 8\.txt/);
  expect(listing).toContain('Volume in drive : is ESP');
});

test('what is no longer as vmb made it is kept, and so is what mtools cannot write', async () => {
  // A command without a fence sees the loop devices themselves; the first disk is the first of them.
  const tune = 'tune2fs -L changed /dev/loop0p2';
  const jobs = `${disk('main')}${run("echo 1 > '/mnt/ø.txt'", 'main:1')}
[[job]]
use = "run"
command = '${tune}'
privileged = true
${exported('main')}`;
  await vmb.addBuild('kept', jobs);
  const { finished, out } = await build('kept');
  expect(finished.exitCode, finished.stderr).toBe(0);
  expect(finished.stdout.match(/layout\.\S+: .*/g)).toEqual([
    'layout.main.1: kept, because mtools cannot write some of its names',
    'layout.main.2: kept, because its boot sector or its features are no longer those that vmb gave it',
  ]);
  const image = join(out, 'main.img');
  const { stdout } = await localCommands.run('e2label', [await piece(image, 41, 86)], { env });
  expect(stdout).toBe('changed');
  const listed = await localCommands.run('mdir', ['-b', '-i', await piece(image, 1, 40), '::'], { env });
  expect(listed.stdout).toBe('::/ø.txt');
});

test('a layout that the build file insists on fails with the reason', async () => {
  const jobs = `${disk('main')}${run("echo 1 > '/mnt/ø.txt'", 'main:1')}${exported('main', 'layout = { "main:1" = "fresh" }')}`;
  await vmb.addBuild('insists', jobs);
  const { finished } = await build('insists');
  expect(finished.exitCode).toBe(1);
  expect(`${finished.stdout}${finished.stderr}`).toContain(
    'main:1 cannot be laid out afresh, because mtools cannot write some of its names; write layout = "keep" for it',
  );
});

test('an msdos disk with logical partitions, and a disk that is one filesystem', async () => {
  const jobs = `
[[job]]
use = "create-disk"
disk = "old"
size = "64MiB"

[[job]]
use = "label"
disk = "old"
type = "msdos"

[[job]]
use = "partition"
disk = "old"
size = "rest"
kind = "extended"

[[job]]
use = "partition"
disk = "old"
size = "16MiB"
kind = "logical"

[[job]]
use = "partition"
disk = "old"
size = "rest"
kind = "logical"

[[job]]
use = "format"
volume = "old:6"
type = "ext4"

[[job]]
use = "create-disk"
disk = "whole"
size = "16MiB"

[[job]]
use = "format"
volume = "whole"
type = "ext4"
${['old:6', 'whole'].map((volume) => `\n[[job]]\nuse = "copy-in"\ncontent = "hello"\nto = "${volume}:/motd"\n`).join('')}
${exported('old')}${exported('whole')}`;
  await vmb.addBuild('tables', jobs);
  const { finished, out } = await build('tables');
  expect(finished.exitCode, finished.stderr).toBe(0);
  const { stdout } = await localCommands.run('sfdisk', ['-J', join(out, 'old.img')], { env });
  const table = JSON.parse(stdout);
  expect(
    table.partitiontable.partitions.map(({ start, size }: { start: number; size: number }) => [start, size]),
  ).toEqual([
    [2048, 129_024],
    [4096, 32_768],
    [38_912, 92_160],
  ]);
  const logical = await piece(join(out, 'old.img'), 19, 45);
  for (const volume of [logical, join(out, 'whole.img')]) {
    await localCommands.run('e2fsck', ['-f', '-n', volume], { env });
    expect((await localCommands.run('debugfs', ['-R', 'cat motd', volume], { env })).stdout).toBe('hello');
  }
});
