// Archives are told by their content and unpacked through pipes: the guest's script under the host's sh, with the host's programs.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveNeedsTools, compressed, compressionOf, unpackedArchive } from '../../../jobs/lib/archive.ts';
import { sh } from '../../../jobs/lib/shell.ts';

const guest = fileURLToPath(new URL('../../../build-vm/guest', import.meta.url));
let folder: string;
let tar: Buffer;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-archive-'));
  mkdirSync(join(folder, 'content/top'), { recursive: true });
  writeFileSync(join(folder, 'content/top/hello'), 'hello\n');
  writeFileSync(
    join(folder, 'content/top/numbers'),
    Array.from({ length: 99_999 }, (_, index) => `${index}\n`).join(''),
  );
  execFileSync('tar', ['-C', join(folder, 'content'), '-cf', join(folder, 'plain.tar'), 'top']);
  tar = readFileSync(join(folder, 'plain.tar'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const piped = (bytes: Buffer, program: string, ...args: string[]) =>
  execFileSync(program, args, { input: bytes, maxBuffer: 64 * 1024 * 1024 });
const gzip = (bytes: Buffer) => piped(bytes, 'gzip', '-n');

/** An ar archive. */
function ar(members: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const parts = members.flatMap(([name, content]) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`,
    ),
    content,
    Buffer.alloc(content.length % 2, '\n'),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

/** Unpacks an archive that lies on a job disk between other payloads; the names of what came out, or what was said. */
function unpacked(archive: Buffer): { names: string[]; exitCode: number | null; said: string } {
  const disk = join(folder, 'job-disk');
  writeFileSync(disk, Buffer.concat([Buffer.alloc(4096, 'before'), archive, Buffer.alloc(64 * 1024, 'after')]));
  const out = mkdtempSync(join(folder, 'out-'));
  const { text } = unpackedArchive('a.tar', sh`tar -C ${out} -x -f - -b 128`, sh`:`);
  const prelude = `vmb_guest=${guest}; . ${guest}/functions.sh; vmb_payloads='archive 4096 ${archive.length}'`;
  const script = `rm -f /tmp/damaged\n${prelude}\n${text}`.replaceAll('/tmp/damaged', join(folder, 'damaged'));
  const descriptor = openSync(disk, 'r');
  const { status, stdout, stderr } = spawnSync('sh', ['-eu', '-c', script], {
    stdio: ['ignore', 'pipe', 'pipe', 'ignore', descriptor],
    encoding: 'utf8',
  });
  closeSync(descriptor);
  const names = readdirSync(out, { recursive: true }).map(String).sort();
  return { names, exitCode: status, said: `${stdout}${stderr}` };
}

const everything = { names: ['top', 'top/hello', 'top/numbers'], exitCode: 0, said: '' };
const debian = (name: string, data: Buffer) =>
  ar([
    ['debian-binary', Buffer.from('2.0\n')],
    // An odd length, behind which lies a byte that belongs to nothing.
    ['control.tar.gz', Buffer.alloc(999, 7)],
    [name, data],
  ]);

test.each<[string, () => Buffer]>([
  ['tar', () => tar],
  ['gzip', () => gzip(tar)],
  ['xz', () => piped(tar, 'xz')],
  ['zstd', () => piped(tar, 'zstd', '-q', '-c')],
  ['bzip2', () => piped(tar, 'bzip2')],
  ['a Debian package with xz', () => debian('data.tar.xz', piped(tar, 'xz'))],
  ['a Debian package with a name that has a slash', () => debian('data.tar.zst/', piped(tar, 'zstd', '-q', '-c'))],
  ['a Debian package that is not compressed', () => debian('data.tar', tar)],
])('unpacks %s', (_, archive) => {
  expect(unpacked(archive())).toEqual(everything);
});

test.each<[string, () => Buffer, string]>([
  ['what is cut', () => gzip(tar).subarray(0, 20_000), 'a.tar is damaged: gzip cannot decompress all of it\n'],
  [
    'a package without data',
    () => ar([['debian-binary', Buffer.from('2.0\n')]]),
    'a.tar is a Debian package without data.tar, or a damaged one\n',
  ],
  [
    'a package with a strange length',
    () =>
      Buffer.from(
        debian('data.tar', tar)
          .toString('latin1')
          .replace(`${String(tar.length).padEnd(10)}`, '$(id)     '),
        'latin1',
      ),
    'a.tar is a damaged Debian package\n',
  ],
  [
    'a package that goes on and on',
    () => ar(Array.from({ length: 200 }, () => ['x', Buffer.alloc(0)] as const)),
    'a.tar is no Debian package, because it has more than 100 members\n',
  ],
  [
    'what is no archive',
    () => Buffer.from('hello, world\n'.repeat(99)),
    'tar: This does not look like a tar archive\n',
  ],
])('refuses %s', (_, archive, sentence) => {
  const { exitCode, said } = unpacked(archive());
  expect(exitCode).not.toBe(0);
  expect(said).toContain(sentence);
});

test('whether the tools are needed is told by the content; where nothing is known they are there', () => {
  const needed = [tar, gzip(tar), piped(tar, 'xz'), debian('data.tar', tar), Buffer.alloc(0)].map((bytes) =>
    archiveNeedsTools(bytes.subarray(0, 8)),
  );
  expect(needed).toEqual([false, false, true, true, false]);
  expect(archiveNeedsTools(undefined)).toBe(true);
});

test('names tell how an archive is compressed', () => {
  const names = [
    'a.tar',
    'a.tar.gz',
    'a.tgz',
    'A.TAR.XZ',
    'a.tar.zst',
    'a.tzst',
    'a.tar.bz2',
    'a.tbz',
    'a.tar.lz4',
    'log.gz',
    'gz',
  ];
  expect(names.map(compressionOf)).toEqual([
    undefined,
    'gz',
    'gz',
    'xz',
    'zst',
    'zst',
    'bz2',
    'bz2',
    'lz4',
    undefined,
    undefined,
  ]);
});

test('what is compressed is the same bytes each time', () => {
  for (const kind of ['gz', 'xz', 'zst'] as const) {
    const script = `${compressed(kind).text} < ${join(folder, 'plain.tar')}`;
    const [one, two] = [0, 1].map(() => execFileSync('sh', ['-c', script], { maxBuffer: 1e8 }));
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
    expect(unpacked(one ?? Buffer.alloc(0))).toEqual(everything);
  }
  expect(statSync(join(folder, 'plain.tar')).size).toBe(tar.length);
});
