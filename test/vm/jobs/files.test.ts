// Files in and out of volumes: copy-in normalises, tar-in keeps everything, and nothing leads out of a volume.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TarEntry, writeTar } from '../../../build-vm/border/tar-write.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { makeVmb, type Vmb } from '../vmb.ts';

let vmb: Vmb;
const out = () => join(vmb.folder, 'out');
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC0' };
const olderSeconds = 1_000_000_000;

const common = { mode: 0o644, uid: 1000, gid: 70_000, mtimeSeconds: olderSeconds };
const text = (
  path: string | Buffer,
  content: string,
  more: Partial<typeof common> & { xattrs?: Map<string, Buffer> } = {},
) => ({
  ...common,
  ...more,
  type: 'file' as const,
  path,
  sizeBytes: Buffer.byteLength(content),
  content: async function* () {
    yield Buffer.from(content);
  },
});

const entries: readonly TarEntry[] = [
  { ...common, type: 'folder', path: 'usr', mode: 0o750 },
  { ...common, type: 'folder', path: 'usr/lib', mode: 0o755 },
  { ...common, type: 'symlink', path: 'lib', target: 'usr/lib' },
  text('lib/through-the-link', 'usr-merged\n'),
  text('usr/setuid', '#!/bin/sh\n', { mode: 0o4755 }),
  text('usr/attributes', 'x', { xattrs: new Map([['user.binary', Buffer.from([0, 255, 10])]]) }),
  text(Buffer.from('usr/not-utf8-\xff', 'latin1'), 'latin\n'),
  text("usr/it's $(odd)\n", 'odd\n'),
  { ...common, type: 'hardlink', path: 'usr/hard', target: 'usr/setuid' },
  { ...common, type: 'fifo', path: 'usr/pipe' },
  { ...common, type: 'character-device', path: 'usr/null', major: 1, minor: 3 },
  { ...common, type: 'folder', path: 'etc', mode: 0o755 },
  { ...common, type: 'symlink', path: 'to-etc', target: '/etc' },
  { ...common, type: 'symlink', path: 'up', target: '../../../../etc' },
];

const jobs = `
[[job]]
use = "create-disk"
disk = "main"
size = "128MiB"

[[job]]
use = "label"
disk = "main"
type = "gpt"

[[job]]
use = "partition"
disk = "main"
type = "esp"
size = "40MiB"

[[job]]
use = "partition"
disk = "main"
size = "rest"

[[job]]
use = "format"
volume = "main:1"
type = "fat32"

[[job]]
use = "format"
volume = "main:2"
type = "ext4"

[[job]]
use = "tar-in"
from = "root.tar"
to = "main:2:/"

[[job]]
use = "tar-in"
from = "sparse.tar"
to = "main:2:/sparse"

[[job]]
use = "copy-in"
from = "files"
to = "main:2:/files"

[[job]]
use = "copy-in"
from = "files/program"
to = "main:2:/opt/bin/"
mode = "2711"
owner = "5:6"
xattrs = { "user.origin" = "vmb" }

[[job]]
use = "copy-in"
from = "files/template"
to = "main:2:/opt/filled"
substitute = true

[[job]]
use = "copy-in"
content = "through an absolute link\\n"
to = "main:2:/to-etc/absolute"

[[job]]
use = "copy-in"
content = "through a link that climbs\\n"
to = "main:2:/up/climbing"

[[job]]
use = "copy-in"
from = "files"
to = "main:1:/"

[[job]]
use = "run"
command = "stat -c '%s %b' /mnt/sparse/holes"
mount = { "/mnt" = "main:2" }

[[job]]
use = "tar-out"
from = "main:2:/"
as = "root.tar"

[[job]]
use = "tar-out"
from = "main:2:/sparse"
as = "sparse.tar"
sparse = true

[[job]]
use = "tar-out"
from = "main:1:/"
as = "fat.tar"

[[job]]
use = "copy-out"
from = "main:2:/files"
as = "folder"

[[job]]
use = "copy-out"
from = "main:2:/to-etc/absolute"
as = "file"

[[job]]
use = "copy-out"
from = "main:1:/program"
as = "fat-file"

[[job]]
use = "create-disk"
disk = "archives"
size = "16MiB"

[[job]]
use = "format"
volume = "archives"
type = "ext4"
${['a.deb', 'b.tar.xz', 'c.tar.bz2', 'd.tgz']
  .map(
    (name) => `
[[job]]
use = "tar-in"
from = "${name}"
to = "archives:/${name}"
strip-components = ${name === 'a.deb' ? 0 : 1}
`,
  )
  .join('')}
${['tar', 'tgz', 'tar.xz', 'tar.zst']
  .map(
    (ending) => `
[[job]]
use = "tar-out"
from = "archives:/"
as = "archives.${ending}"
`,
  )
  .join('')}
[vars]
name = "a variable"
`;

/** Archives of the files that copy-in takes as well, made by the host's programs; `root.tar` is not what its name says. */
const makeArchives = `
zstd -q --rm root.tar && mv root.tar.zst root.tar
tar -cJf b.tar.xz files && tar -cjf c.tar.bz2 files && tar -czf d.tgz files
tar -C files -cf data.tar ./program ./sub && zstd -q --rm data.tar
echo 2.0 > debian-binary && echo odd > control.tar.gz
ar -rcD a.deb debian-binary control.tar.gz data.tar.zst && rm debian-binary control.tar.gz data.tar.zst
`
  .replaceAll('\n', ' && ')
  .replace(/^ && | && $/g, '');

const scratchDisk = `
[[job]]
use = "create-disk"
disk = "main"
size = "16MiB"

[[job]]
use = "format"
volume = "main"
type = "ext4"
`;

beforeAll(async () => {
  vmb = makeVmb();
  const files = { 'files/program': '#!/bin/sh\n', 'files/template': 'Hello ${name}\n', 'files/sub/plain': 'plain\n' };
  await vmb.addBuild('files', jobs, files);
  const folder = join(vmb.folder, 'repository', 'files');
  await chmod(join(folder, 'files', 'program'), 0o700);
  const chunks = [];
  for await (const chunk of writeTar(entries)) chunks.push(chunk);
  await writeFile(join(folder, 'root.tar'), Buffer.concat(chunks));
  await localCommands.run(
    'sh',
    ['-c', 'truncate -s 20M holes && echo end >> holes && tar -cSf sparse.tar holes && rm holes'],
    {
      cwd: folder,
    },
  );
  await localCommands.run('sh', ['-c', makeArchives], { cwd: folder });
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'files', '--out', out());
  expect(finished.stderr).toBe('');
  expect(finished.exitCode).toBe(0);
  // 20 MiB and 4 bytes, of which ext4 holds one block of 4096 bytes.
  expect(finished.stdout).toContain('20971524 8\n');
});
afterAll(() => vmb.remove());

/** What GNU tar lists, attributes included. */
async function listing(name: string): Promise<string> {
  const options = ['--xattrs', '--xattrs-include=*', '--numeric-owner', '--full-time', '-tvvf', join(out(), name)];
  return (await localCommands.run('tar', options, { env })).stdout;
}

test('everything that went in by tar-in or copy-in comes out by tar-out', async () => {
  expect(await listing('root.tar')).toMatchInlineSnapshot(`
    "drwxr-xr-x  0/0               0 2026-01-01 00:00:00 ./
    drwxr-xr-x  1000/70000        0 2026-01-01 00:00:00 ./etc/
    -rw-r--r--  0/0              25 2026-01-01 00:00:00 ./etc/absolute
    -rw-r--r--  0/0              27 2026-01-01 00:00:00 ./etc/climbing
    drwxr-xr-x  0/0               0 2026-01-01 00:00:00 ./files/
    -rwxr-xr-x  0/0              10 2026-01-01 00:00:00 ./files/program
    drwxr-xr-x  0/0               0 2026-01-01 00:00:00 ./files/sub/
    -rw-r--r--  0/0               6 2026-01-01 00:00:00 ./files/sub/plain
    -rw-r--r--  0/0              14 2026-01-01 00:00:00 ./files/template
    lrwxrwxrwx  1000/70000        0 2001-09-09 01:46:40 ./lib -> usr/lib
    drwxr-xr-x  0/0               0 2026-01-01 00:00:00 ./opt/
    drwxr-xr-x  0/0               0 2026-01-01 00:00:00 ./opt/bin/
    -rwx--s--x* 5/6              10 2026-01-01 00:00:00 ./opt/bin/program
      x: 3 user.origin
    -rw-r--r--  0/0              17 2026-01-01 00:00:00 ./opt/filled
    drwxr-xr-x  0/0               0 2026-01-01 00:00:00 ./sparse/
    -rw-r--r--  0/0        20971524 2026-01-01 00:00:00 ./sparse/holes
    lrwxrwxrwx  1000/70000        0 2001-09-09 01:46:40 ./to-etc -> /etc
    lrwxrwxrwx  1000/70000        0 2001-09-09 01:46:40 ./up -> ../../../../etc
    drwxr-x---  1000/70000        0 2001-09-09 01:46:40 ./usr/
    -rw-r--r--* 1000/70000        1 2001-09-09 01:46:40 ./usr/attributes
      x: 3 user.binary
    -rwsr-xr-x  1000/70000       10 2001-09-09 01:46:40 ./usr/hard
    -rw-r--r--  1000/70000        4 2001-09-09 01:46:40 ./usr/it's $(odd)\\n
    drwxr-xr-x  1000/70000        0 2001-09-09 01:46:40 ./usr/lib/
    -rw-r--r--  1000/70000       11 2001-09-09 01:46:40 ./usr/lib/through-the-link
    -rw-r--r--  1000/70000        6 2001-09-09 01:46:40 ./usr/not-utf8-\\377
    crw-r--r--  1000/70000      1,3 2001-09-09 01:46:40 ./usr/null
    prw-r--r--  1000/70000        0 2001-09-09 01:46:40 ./usr/pipe
    hrwsr-xr-x  1000/70000        0 2001-09-09 01:46:40 ./usr/setuid link to ./usr/hard"
  `);
});

test('FAT has neither owners nor modes', async () => {
  expect(await listing('fat.tar')).toMatchInlineSnapshot(`
    "drwxr-xr-x  0/0               0 1970-01-01 00:00:00 ./
    -rwxr-xr-x  0/0              10 2026-01-01 00:00:00 ./program
    drwxr-xr-x  0/0               0 2026-01-01 00:00:00 ./sub/
    -rwxr-xr-x  0/0               6 2026-01-01 00:00:00 ./sub/plain
    -rwxr-xr-x  0/0              14 2026-01-01 00:00:00 ./template"
  `);
});

test('contents', async () => {
  const content = async (path: string) =>
    (await localCommands.run('tar', ['-xOf', join(out(), 'root.tar'), path], { env })).stdout;
  expect(await content('./usr/lib/through-the-link')).toBe('usr-merged');
  expect(await content('./etc/absolute')).toBe('through an absolute link');
  expect(await content('./etc/climbing')).toBe('through a link that climbs');
  expect(await content('./opt/filled')).toBe('Hello a variable');
  expect(await content('./files/template')).toBe('Hello ${name}');
});

test('holes stay holes when asked for', () => {
  expect(lstatSync(join(out(), 'sparse.tar')).size).toBe(65_536);
});

test('archives of every kind go in, and come out compressed in every way', async () => {
  const { stdout } = await localCommands.run('tar', ['-tf', join(out(), 'archives.tar')], { env });
  const files = ['', 'program', 'sub/', 'sub/plain', 'template'];
  expect(stdout.split('\n')).toEqual([
    './',
    ...files.slice(0, 4).map((name) => `./a.deb/${name}`),
    ...['b.tar.xz', 'c.tar.bz2', 'd.tgz'].flatMap((archive) => files.map((name) => `./${archive}/${name}`)),
  ]);
  const plain = readFileSync(join(out(), 'archives.tar'));
  for (const [ending, program] of [
    ['tgz', 'gzip'],
    ['tar.xz', 'xz'],
    ['tar.zst', 'zstd'],
  ] as const) {
    const command = `${program} -d -c '${join(out(), `archives.${ending}`)}' | cmp - '${join(out(), 'archives.tar')}'`;
    await localCommands.run('sh', ['-c', command]);
    expect(lstatSync(join(out(), `archives.${ending}`)).size).toBeLessThan(plain.length / 4);
  }
});

test('what unpacks to more than the volume holds ends there', async () => {
  await vmb.addBuild('bomb', `${scratchDisk}\n[[job]]\nuse = "tar-in"\nfrom = "bomb"\nto = "main:/"\n`, { bomb: '' });
  const folder = join(vmb.folder, 'repository', 'bomb');
  await localCommands.run('sh', ['-c', 'truncate -s 64M zeros && tar -cf - zeros | gzip > bomb && rm zeros'], {
    cwd: folder,
  });
  const finished = await vmb.run('build', '--repo', 'test', '--name', 'bomb', '--out', out());
  expect(finished.exitCode).toBe(1);
  expect(`${finished.stdout}${finished.stderr}`).toContain('main has no room left, because bomb holds more than fits');
});

test('what is full besides the blocks of a volume is named', async () => {
  const small = `
[machine]
memory = "256MiB"
[[job]]
use = "create-disk"
disk = "main"
size = "4MiB"
[[job]]
use = "format"
volume = "main"
type = "ext2"
settings = { bytes-per-inode = 65536 }
`;
  const failing = async (name: string, job: string, files: Readonly<Record<string, string>> = {}) => {
    await vmb.addBuild(name, small + job, files);
    const { exitCode, stdout } = await vmb.run('build', '--repo', 'test', '--name', name, '--out', name);
    expect(exitCode).toBe(1);
    return stdout.split('\n').flatMap((line) => /^\[3\/3\] \| (.*)$/.exec(line)?.[1] ?? []);
  };
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`many/file-${1000 + index}`, '']));
  expect(
    await failing('inodes', '[[job]]\nuse = "copy-in"\nfrom = "many"\nto = "main:/"\n', many),
  ).toMatchInlineSnapshot(`
    [
      "file-1053 cannot be made: No space left on device.",
      "main has no inodes left: it holds 64 files and folders at most. Format it with a smaller bytes-per-inode in \`settings\`, or make it larger.",
    ]
  `);
  const fill = (place: string) => `[[job]]\nuse = "run"\ncommand = "head -c 140000000 /dev/zero > ${place}/x"\n`;
  expect((await failing('shm', fill('/dev/shm'))).at(-1)).toMatchInlineSnapshot(
    `"/dev/shm is full: it lies in memory and holds half of it at most. Write to /tmp, for which the machine can have a \`scratch\` disk, or give it more memory."`,
  );
});

test('copy-out of a folder and of files', () => {
  const folder = join(out(), 'folder');
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['program', 'sub', 'sub/plain', 'template']);
  expect(readFileSync(join(folder, 'sub', 'plain'), 'utf8')).toBe('plain\n');
  expect(readFileSync(join(out(), 'file'), 'utf8')).toBe('through an absolute link\n');
  expect(readFileSync(join(out(), 'fat-file'), 'utf8')).toBe('#!/bin/sh\n');
});

test('links in what comes out stay within it, or the step fails', async () => {
  const made = (link: string) => `${scratchDisk}
[[job]]
use = "run"
command = "mkdir /mnt/d; ln -s ${link} /mnt/d/link"
mount = { "/mnt" = "main" }

[[job]]
use = "copy-out"
from = "main:/d"
as = "d"
`;
  await vmb.addBuild('inside', made('file'));
  await vmb.addBuild('outside', made('../../file'));
  const inside = await vmb.run('build', '--repo', 'test', '--name', 'inside', '--out', out());
  expect(inside.exitCode, inside.stderr).toBe(0);
  expect(readlinkSync(join(out(), 'd', 'link'))).toBe('file');
  const outside = await vmb.run('build', '--repo', 'test', '--name', 'outside', '--out', join(vmb.folder, 'none'));
  expect(outside.exitCode).toBe(1);
});

test('copy-out says what is not there, tar-in what is no archive', async () => {
  await vmb.addBuild('missing', `${scratchDisk}\n[[job]]\nuse = "copy-out"\nfrom = "main:/none"\nas = "x"\n`);
  const missing = await vmb.run('build', '--repo', 'test', '--name', 'missing', '--out', out());
  expect(missing.exitCode).toBe(1);
  expect(`${missing.stdout}${missing.stderr}`).toContain('main:/none is neither a file nor a folder');
  await vmb.addBuild('no-tar', `${scratchDisk}\n[[job]]\nuse = "tar-in"\nfrom = "x.tar"\nto = "main:/"\n`, {
    'x.tar': 'no archive',
  });
  const noTar = await vmb.run('build', '--repo', 'test', '--name', 'no-tar', '--out', out());
  expect(noTar.exitCode).toBe(1);
  expect(`${noTar.stdout}${noTar.stderr}`).toContain('tar: This does not look like a tar archive');
});
