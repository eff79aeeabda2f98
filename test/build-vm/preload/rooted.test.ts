// rooted.c, under the real GNU tar and with the options that jobs give it: no link of a volume leads out of it, and what cannot be
// kept is a failure. Needs root, as chroot does.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { compilePreload } from '../../../build-vm/make/preload.ts';
import { checkoutSources } from '../../../build-vm/make/sources.ts';
import type { Volume } from '../../../jobs/lib/disk.ts';
import { lines, sh } from '../../../jobs/lib/shell.ts';
import { ownerLimits, unpacked } from '../../../jobs/lib/tar.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { formatted } from '../../jobs/disks.ts';
import { worldAfter } from '../../jobs/planning.ts';

const guest = join(import.meta.dirname, '../../../build-vm/guest');
let folder: string;
const volume = () => join(folder, 'volume');
const outside = () => join(folder, 'outside');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-rooted-'));
  await compilePreload(join(folder, 'rooted.so'), 'rooted', {
    arch: 'x86_64',
    sources: checkoutSources(),
    commands: localCommands,
  });
  // The functions look for the library beside themselves.
  execFileSync('cp', ['-r', guest, join(folder, 'guest')]);
  execFileSync('cp', [join(folder, 'rooted.so'), join(folder, 'guest')]);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  for (const path of [volume(), outside(), join(folder, 'files')]) rmSync(path, { recursive: true, force: true });
  mkdirSync(outside());
  mkdirSync(volume());
});

/** Files by path; a text that begins with "-> " is a link, and undefined a folder. */
type Files = Readonly<Record<string, string | undefined>>;

function place(files: Files, below: string): void {
  for (const [path, text] of Object.entries(files)) {
    const whole = join(below, path);
    mkdirSync(text === undefined ? whole : dirname(whole), { recursive: true });
    if (text?.startsWith('-> ') === true) symlinkSync(text.slice(3), whole);
    else if (text !== undefined) writeFileSync(whole, text);
  }
}

/** Unpacks an archive of files in the root of the volume, or in a folder of it, as the jobs do. */
function unpack(
  files: Files,
  { members = ['.'], to = '/', of = ext4() }: { members?: readonly string[]; to?: string; of?: Volume } = {},
) {
  place(files, join(folder, 'files'));
  const archive = execFileSync('tar', ['--format=pax', '-cf', '-', '-C', join(folder, 'files'), ...members]);
  return unpackBytes(archive, to, of);
}

function unpackBytes(archive: Buffer, to: string, of: Volume) {
  const script = lines(
    sh`. "$vmb_guest/functions.sh"`,
    sh`vmb_make_folder ${volume()} ${to}`,
    ownerLimits(of),
    unpacked(of, sh`${volume()}`, 'everything'),
  );
  const env = { PATH: '/usr/bin:/bin', vmb_guest: join(folder, 'guest'), LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
  const { status, stderr } = spawnSync('sh', ['-euc', script.text], { input: archive, env, encoding: 'utf8' });
  return { status, said: stderr.replaceAll(folder, '') };
}

function ext4(): Volume {
  return worldAfter(...formatted).volume('main:2', []);
}

const text = (path: string) => readFileSync(join(volume(), path), 'utf8');

test('every link means what it means in the volume, and stays a link', () => {
  place(
    {
      'var/run': '-> /run',
      'var/lock': '-> /run/lock',
      'run/lock': undefined,
      data: '-> /srv/real',
      'srv/real': undefined,
      up: '-> ../../../../../../run',
      chain: '-> var/run',
    },
    volume(),
  );
  const files = { 'var/run/one': '1', 'var/lock/two': '2', 'data/three': '3', 'up/four': '4', 'chain/grüße': '5' };
  expect(unpack(files)).toEqual({ status: 0, said: '' });
  expect(['run/one', 'run/lock/two', 'srv/real/three', 'run/four', 'run/grüße'].map(text)).toEqual([
    '1',
    '2',
    '3',
    '4',
    '5',
  ]);
  expect(['var/run', 'var/lock', 'data', 'up', 'chain'].map((path) => readlinkSync(join(volume(), path)))).toEqual([
    '/run',
    '/run/lock',
    '/srv/real',
    '../../../../../../run',
    'var/run',
  ]);
});

test('without entries for its folders an archive goes the same way', () => {
  place({ 'var/run': '-> /run', run: undefined }, volume());
  expect(unpack({ 'var/run/foo': 'f' }, { members: ['var/run/foo'] })).toEqual({ status: 0, said: '' });
  expect(text('run/foo')).toBe('f');
});

test('links to places outside lead to places of the same name inside', () => {
  place({ evil: `-> ${outside()}` }, volume());
  place({ [outside().slice(1)]: undefined }, volume());
  expect(unpack({ 'evil/file': 'x' })).toEqual({ status: 0, said: '' });
  expect(existsSync(join(outside(), 'file'))).toBe(false);
  expect(text(join(outside(), 'file'))).toBe('x');
});

test.each<[string, Files, Files, string]>([
  [
    'a link that leads nowhere',
    { gone: '-> /nowhere' },
    { 'gone/file': 'x' },
    './gone should be a folder, but is a link to /nowhere, which does not exist in the volume. Create that folder first, or remove the link.\n',
  ],
  [
    'a link to a file where a folder comes',
    { motd: '-> etc/motd', 'etc/motd': 'hello' },
    { 'motd/file': 'x' },
    './motd should be a folder, but is a link to etc/motd, which is no folder of the volume. Create that folder first, or remove the link.\n',
  ],
  [
    'a link in a circle',
    { a: '-> b', b: '-> a' },
    { 'a/file': 'x' },
    './a should be a folder, but is a link to b, which is no folder of the volume. Create that folder first, or remove the link.\n',
  ],
  [
    'a file over a folder that is not empty',
    { 'etc/conf/file': 'x' },
    { 'etc/conf': 'a file' },
    'tar: ./etc/conf: Cannot open: File exists\ntar: Exiting with failure status due to previous errors\n',
  ],
  [
    'a link over a folder that is not empty',
    { 'etc/conf/file': 'x' },
    { 'etc/conf': '-> other' },
    "tar: ./etc/conf: Cannot create symlink to 'other': File exists\ntar: Exiting with failure status due to previous errors\n",
  ],
])('%s is refused, and all is named', (_, there, files, said) => {
  place(there, volume());
  const found = unpack(files);
  expect(found.said).toBe(said);
  expect(found.status).not.toBe(0);
});

test('a file replaces a link, and what that leads to stays', () => {
  place({ 'etc/resolv.conf': '-> ../run/resolv.conf', 'run/resolv.conf': 'old' }, volume());
  expect(unpack({ 'etc/resolv.conf': 'new' })).toEqual({ status: 0, said: '' });
  expect([text('etc/resolv.conf'), text('run/resolv.conf')]).toEqual(['new', 'old']);
});

test('the place itself is found by the links of the volume, and one that leads nowhere is named', () => {
  place({ 'var/run': '-> /run', run: undefined, 'var/tmp': '-> /scratch/tmp' }, volume());
  expect(unpack({ file: 'x' }, { to: '/var/run/new/deep' })).toEqual({ status: 0, said: '' });
  expect(text('run/new/deep/file')).toBe('x');
  expect(unpack({ file: 'x' }, { to: '/var/tmp/new' })).toEqual({
    status: 1,
    said: '/var/tmp is a link to /scratch/tmp, which leads to no folder of the volume. Create that folder first, or remove the link.\n',
  });
});

test('times of folders stay, also when they come before their content', () => {
  place({ 'a/b/file': 'x' }, join(folder, 'files'));
  for (const path of ['a/b/file', 'a/b', 'a'])
    execFileSync('touch', ['-d', '@1000000000', join(folder, 'files', path)]);
  const archive = execFileSync('tar', [
    '--no-recursion',
    '-cf',
    '-',
    '-C',
    join(folder, 'files'),
    'a',
    'a/b',
    'a/b/file',
  ]);
  expect(unpackBytes(archive, '/', ext4())).toEqual({ status: 0, said: '' });
  const times = execFileSync('stat', ['-c', '%Y', 'a', 'a/b', 'a/b/file'], { cwd: volume(), encoding: 'utf8' });
  expect(times).toBe('1000000000\n'.repeat(3));
});

test('attributes, lists of access and owners that cannot be kept fail, each with its file', () => {
  place({ 'a file': 'x' }, join(folder, 'files'));
  const packed = (options: readonly string[]) =>
    execFileSync('tar', ['--format=pax', ...options, '-cf', '-', '-C', join(folder, 'files'), 'a file']);
  const big = unpackBytes(packed([`--pax-option=SCHILY.xattr.user.big:=${'v'.repeat(70_000)}`]), '/', ext4());
  expect([big.status, big.said]).toEqual([
    1,
    "tar: setxattrat: Cannot set 'user.big' extended attribute for file 'a file': Argument list too long\n",
  ]);
  const acl = unpackBytes(packed(['--pax-option=SCHILY.acl.access:=nonsense']), '/', ext4());
  expect([acl.status, acl.said]).toEqual([1, 'tar: a file: Warning: Cannot acl_from_text: Invalid argument\n']);
  const minix: Volume = { ...ext4(), filesystem: { type: 'minix', label: '', id: '', settings: {} } };
  const owned = unpackBytes(packed(['--owner=:70000', '--group=:5']), '/', minix);
  expect([owned.status, owned.said]).toEqual([
    1,
    'a file: the number of its owner or group is larger than the filesystem can keep.\n',
  ]);
});

test('no file of the volume is loaded or read on demand', () => {
  // What glibc and tar would look for in their root: converters, users, locale, messages, SELinux.
  place({ file: 'x' }, join(folder, 'files'));
  execFileSync('tar', [
    '--owner=somebody',
    '--group=some',
    '-cf',
    join(folder, 'archive'),
    '-C',
    join(folder, 'files'),
    'file',
  ]);
  const script = lines(
    sh`. "$vmb_guest/functions.sh"`,
    sh`VMB_PATH=${volume()}`,
    unpacked(ext4(), sh`${volume()}`, 'everything'),
  );
  const traced = spawnSync(
    'strace',
    ['-f', '-e', 'trace=chroot,open,openat,stat,access,newfstatat', 'sh', '-euc', script.text],
    {
      input: readFileSync(join(folder, 'archive')),
      env: { PATH: '/usr/bin:/bin', vmb_guest: join(folder, 'guest'), LANG: 'de_DE.UTF-8', LC_ALL: 'C.UTF-8' },
      encoding: 'utf8',
    },
  );
  const behind = traced.stderr.slice(traced.stderr.indexOf('chroot('));
  expect(behind).toMatch(/^chroot\(/);
  expect([...behind.matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path).filter((path) => path !== volume())).toEqual([]);
  expect(text('file')).toBe('x');
});
