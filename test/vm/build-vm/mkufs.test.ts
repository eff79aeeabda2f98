// mkufs, as it is in the tools image, on this machine: more than a thousand files of every kind, read by The Sleuth Kit and GRUB,
// with the maps and counts that fsck_ffs would look at.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cachedBuildVm } from './cached-build-vm.ts';
import { checkUfs } from './check-ufs.ts';

let folder = '';
let tree = '';
const epochSeconds = 1_767_225_600;
const mebibyte = 1024 * 1024;
const run = (program: string, ...args: string[]) => {
  return execFileSync(program, args, { maxBuffer: 64 * mebibyte, stdio: ['ignore', 'pipe', 'pipe'] });
};
const image = (version: number) => join(folder, `ufs${version}.img`);

function mkufs(version: number, file: string, from: string, ...more: string[]) {
  const args = ['--version', String(version), '--time', String(epochSeconds), ...more, file, from];
  return spawnSync(join(folder, 'tools/bin/mkufs'), args, { encoding: 'utf8' });
}

function blankFile(file: string, bytes: number): void {
  rmSync(file, { force: true });
  writeFileSync(file, '');
  truncateSync(file, bytes);
}

/** Sizes at which a file takes another fragment, another block, or another block of pointers. */
const edges = [0, 1, 4095, 4096, 4097, 32767, 32768, 32769, 393_215, 393_216, 393_217, 425_984];
const linkLengths = [1, 58, 59, 60, 61, 118, 119, 120, 121, 1000, 4000];

function fillTree(): void {
  for (const name of ['', 'many', 'sizes', 'links', 'names']) mkdirSync(join(tree, name));
  const bytes = randomBytes(64 * 1024);
  for (let index = 0; index < 1000; index++) {
    writeFileSync(join(tree, `many/file ${index}`), bytes.subarray(index, index + index * 37));
  }
  for (const size of edges) writeFileSync(join(tree, `sizes/${size}`), randomBytes(size));
  for (const length of linkLengths) symlinkSync('x'.repeat(length), join(tree, `links/${length}`));
  for (const name of ['one', 'two']) linkSync(join(tree, 'many/file 7'), join(tree, `links/${name}`));
  for (const length of [1, 2, 3, 252, 253, 254, 255]) writeFileSync(join(tree, 'names', 'n'.repeat(length)), '');
  writeFileSync(join(tree, 'names/größe'), 'in UTF-8');
  // Beyond 12 blocks, beyond the first block of pointers of UFS2 (128 MiB) and of UFS1 (256 MiB).
  for (const mebibytes of [5, 130, 258]) {
    const file = join(tree, `sizes/sparse ${mebibytes}`);
    blankFile(file, mebibytes * mebibyte);
    const opened = openSync(file, 'r+');
    writeSync(opened, 'here', 2 * mebibyte + 7);
    writeSync(opened, 'end', mebibytes * mebibyte - 3);
  }
  const deep = join(tree, ...Array.from({ length: 40 }, (_, index) => `level ${index}`));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'file'), 'in the depth');
  run('chown', '70000:80000', join(tree, 'many/file 7'));
  run('chmod', '4750', join(tree, 'many/file 7'));
  run('touch', '-d', '@1000000000', join(tree, 'many/file 7'));
  run('mknod', join(tree, 'links/device'), 'b', '8', '17');
  run('mkfifo', join(tree, 'links/pipe'));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-mkufs-'));
  tree = join(folder, 'tree');
  run(
    'unsquashfs',
    '-quiet',
    '-no-progress',
    '-d',
    join(folder, 'tools'),
    cachedBuildVm('x86_64').files.tools,
    'bin/mkufs',
  );
  fillTree();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([1, 2] as const)('UFS%i', (version) => {
  const type = `ufs${version}`;
  /** Numbers of inodes by path. */
  const inodes = new Map<string, string>();
  beforeAll(() => {
    blankFile(image(version), 48 * mebibyte);
    expect(mkufs(version, image(version), tree, '--id', '1a2b3c4d5e6f7081').stderr).toBe('');
    for (const line of run('fls', '-r', '-p', '-f', type, image(version)).toString().trimEnd().split('\n')) {
      const [, inode = '', path = ''] = /^\S+ (\d+):\t(.*)$/.exec(line) ?? [];
      inodes.set(path, inode);
    }
  });
  const facts = (path: string) =>
    run('istat', '-f', type, '-z', 'UTC', image(version), inodes.get(path) ?? '').toString();
  const content = (path: string) => run('icat', '-f', type, image(version), inodes.get(path) ?? '');

  test('maps and counts are right', () => {
    expect(checkUfs(image(version), version)).toEqual([]);
  });

  test('The Sleuth Kit finds every name', () => {
    const paths = run('find', tree, '-mindepth', '1', '-printf', '%P\n').toString().trimEnd().split('\n');
    // It has an entry of its own for what was deleted.
    expect([...inodes.keys()].filter((path) => path !== '$OrphanFiles').sort()).toEqual(paths.sort());
  });

  test.each(['many', 'sizes'])('GRUB reads the files of "%s" as they were', (name) => {
    const { status } = spawnSync('grub-fstest', [image(version), 'cmp', `(loop0)/${name}`, join(tree, name)]);
    expect(status).toBe(0);
  });

  test('The Sleuth Kit reads files of every size', () => {
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    // It takes a hole for damage that is longer than the filesystem: the other sparse files are GRUB's.
    for (const name of [...edges.map(String), 'sparse 5']) {
      expect(digest(content(`sizes/${name}`)), name).toBe(digest(readFileSync(join(tree, 'sizes', name))));
    }
  });

  test('links lead where they led', () => {
    for (const length of linkLengths) {
      const target = readlinkSync(join(tree, `links/${length}`));
      const isFast = length < (version === 1 ? 60 : 120);
      if (isFast) expect(facts(`links/${length}`)).toContain(`symbolic link to: ${target}\n`);
      else expect(content(`links/${length}`).toString()).toBe(target);
    }
  });

  test('owners, modes, times, and several names of a file', () => {
    const told = facts('many/file 7');
    const lines = told.split('\n').filter((line) => /^(uid|mode|size|num of links|File Modified)/.test(line));
    expect(lines).toEqual([
      'uid / gid: 70000 / 80000',
      'mode: rrwsr-x---',
      'size: 259',
      'num of links: 3',
      'File Modified:\t2001-09-09 01:46:40 (UTC)',
    ]);
    expect([inodes.get('links/one'), inodes.get('links/two')]).toEqual([
      inodes.get('many/file 7'),
      inodes.get('many/file 7'),
    ]);
    expect(facts('many/file 8')).toContain('File Modified:\t2026-01-01 00:00:00 (UTC)');
    expect(facts('links/pipe')).toContain('mode: prw');
    expect(facts('links/device')).toContain('mode: brw');
  });

  test('no clock and no order is in it', () => {
    const again = join(folder, 'again');
    run('cp', '--archive', tree, again);
    // Zeros are holes, too.
    run('cp', '--sparse=never', join(tree, 'sizes/sparse 5'), join(again, 'sizes/sparse 5'));
    run('find', again, '-newermt', '@1700000000', '-exec', 'touch', '-h', '-d', '@1900000000', '{}', '+');
    blankFile(`${image(version)}.again`, 48 * mebibyte);
    mkufs(version, `${image(version)}.again`, again, '--id', '1a2b3c4d5e6f7081');
    rmSync(again, { recursive: true });
    expect(readFileSync(`${image(version)}.again`).equals(readFileSync(image(version)))).toBe(true);
  });

  test('several groups have maps and counts of their own', () => {
    const file = join(folder, 'groups.img');
    blankFile(file, 1300 * mebibyte);
    expect(mkufs(version, file, tree).stderr).toBe('');
    expect(checkUfs(file, version)).toEqual([]);
    expect(lstatSync(file).blocks * 512).toBeLessThan(150 * mebibyte);
  });

  test('a wrong bit is noticed', () => {
    const damaged = join(folder, 'damaged.img');
    copyFileSync(image(version), damaged);
    const group = version === 1 ? 65_536 : 131_072;
    const map = readFileSync(damaged).readUInt32LE(group + 96);
    writeSync(openSync(damaged, 'r+'), Buffer.from([0xff]), 0, 1, group + map);
    expect(checkUfs(damaged, version).length).toBeGreaterThan(0);
  });

  test('what does not fit, or cannot be held, is said', () => {
    const small = join(folder, 'small.img');
    blankFile(small, 8 * mebibyte);
    const full = mkufs(version, small, tree);
    expect([full.status, full.stderr]).toEqual([1, 'the content needs more room\n']);
    blankFile(small, 100_000);
    expect(mkufs(version, small, tree).stderr).toBe('the tables alone need more room\n');
    const odd = join(folder, `odd ${version}`);
    mkdirSync(odd);
    run('mknod', join(odd, 'far'), 'c', '300', '1');
    const refused = mkufs(version, small, odd);
    expect([refused.status, refused.stderr]).toEqual([3, '/far is a device with a number beyond 255; remove it\n']);
  });
});
