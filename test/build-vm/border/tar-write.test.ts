// The tar writer, judged by GNU tar.

import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TarEntry, tarLengthBytes, writeTar } from '../../../build-vm/border/tar-write.ts';
import { anyEntries, anyName } from './arbitrary-entries.ts';
import { listTree } from './list-tree.ts';

async function archiveOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function list(archive: Buffer): string {
  const args = [
    '-tvf',
    '-',
    '--full-time',
    '--numeric-owner',
    '--quoting-style=escape',
    '--xattrs',
    '--xattrs-include=*',
    '-v',
  ];
  return execFileSync('tar', args, {
    input: archive,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC0' },
  });
}

async function* content(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 1000);
  yield bytes.subarray(1000);
}

const plain = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1_767_225_600 };

describe('an archive', () => {
  test('is what GNU tar lists', async () => {
    const file = (path: string | Buffer, more: object = {}): TarEntry => {
      return {
        ...plain,
        path,
        type: 'file',
        sizeBytes: 2000,
        content: () => content(Buffer.alloc(2000, 'x')),
        ...more,
      };
    };
    const entries: TarEntry[] = [
      { ...plain, mode: 0o1777, path: 'tmp', type: 'folder' },
      file('tmp/a', { mode: 0o4755, uid: 1000, gid: 3_000_000 }),
      file(Buffer.from('tmp/caf\xe9\n', 'latin1')),
      file(`tmp/${'n'.repeat(120)}`),
      file(`${'f'.repeat(120)}/${'n'.repeat(90)}`),
      file('old', { mtimeSeconds: -1 }),
      { ...plain, path: 'link', type: 'symlink', target: 'l'.repeat(150) },
      { ...plain, path: 'same', type: 'hardlink', target: 'tmp/a' },
      { ...plain, path: 'console', type: 'character-device', major: 5, minor: 1 },
      { ...plain, path: 'sda', type: 'block-device', major: 8, minor: 0 },
      { ...plain, path: 'pipe', type: 'fifo' },
      file('cap', {
        xattrs: new Map([
          ['user.x', Buffer.from('v\n')],
          ['security.capability', Buffer.from([1, 0, 0, 2])],
        ]),
      }),
    ];
    expect(list(await archiveOf(entries))).toMatchInlineSnapshot(`
      "drwxrwxrwt  0/0               0 2026-01-01 00:00:00 tmp/
      -rwsr-xr-x  1000/3000000   2000 2026-01-01 00:00:00 tmp/a
      -rw-r--r--  0/0            2000 2026-01-01 00:00:00 tmp/caf\\351\\n
      -rw-r--r--  0/0            2000 2026-01-01 00:00:00 tmp/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
      -rw-r--r--  0/0            2000 2026-01-01 00:00:00 ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn
      -rw-r--r--  0/0            2000 1969-12-31 23:59:59 old
      lrw-r--r--  0/0               0 2026-01-01 00:00:00 link -> llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll
      hrw-r--r--  0/0               0 2026-01-01 00:00:00 same link to tmp/a
      crw-r--r--  0/0             5,1 2026-01-01 00:00:00 console
      brw-r--r--  0/0             8,0 2026-01-01 00:00:00 sda
      prw-r--r--  0/0               0 2026-01-01 00:00:00 pipe
      -rw-r--r--* 0/0            2000 2026-01-01 00:00:00 cap
        x: 4 security.capability
        x: 2 user.x
      "
    `);
  });

  test('has the length that was said before, and the same bytes each time', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntries, async (entries) => {
        const archive = await archiveOf(entries);
        expect(archive.length).toBe(tarLengthBytes(entries));
        expect(archive.equals(await archiveOf(entries))).toBe(true);
      }),
    );
  });

  test('unpacks with GNU tar to what went in', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntries, async (entries) => {
        const folder = mkdtempSync(join(tmpdir(), 'vmb-tar-'));
        try {
          execFileSync('tar', ['-xpf', '-', '-C', folder], {
            input: await archiveOf(entries),
            stdio: ['pipe', 'pipe', 'pipe'],
          });
          expect(await listTree(folder)).toEqual(await expected(entries));
        } finally {
          rmSync(folder, { recursive: true });
        }
      }),
      { numRuns: 40 },
    );
  });

  test('of a file over 8 GiB says its size in a pax header', async () => {
    const sizeBytes = 9 * 1024 ** 3;
    const entry: TarEntry = { ...plain, path: 'big', type: 'file', sizeBytes, content: () => content(Buffer.alloc(0)) };
    expect(tarLengthBytes([entry])).toBe(Math.ceil((512 * 3 + sizeBytes + 1024) / 10240) * 10240);
    const header = await writeTar([entry]).next();
    expect(Buffer.from(header.value ?? '').toString('latin1', 512, 531)).toBe('19 size=9663676416\n');
  });

  test.each([
    [1999, 'more'],
    [2001, '2000'],
  ])('refuses a file that should have %i bytes', async (sizeBytes, found) => {
    const entry: TarEntry = {
      ...plain,
      path: 'a',
      type: 'file',
      sizeBytes,
      content: () => content(Buffer.alloc(2000)),
    };
    await expect(archiveOf([entry])).rejects.toMatchObject({
      code: 'payload-length',
      message: `a: should have ${sizeBytes} bytes but has ${found}: it changed while it was read. Run the build again when nothing writes to it.`,
    });
  });

  test('holds names of every length and any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyName(255), { minLength: 1, maxLength: 4 }), async (names) => {
        const path = Buffer.concat(names.flatMap((name) => [name, Buffer.from('/')])).subarray(0, -1);
        const archive = await archiveOf([{ ...plain, path, type: 'fifo' }]);
        const args = ['-tf', '-', '--quoting-style=literal'];
        const listed = execFileSync('tar', args, { input: archive, env: { ...process.env, LC_ALL: 'C' } });
        expect(listed).toEqual(Buffer.concat([path, Buffer.from('\n')]));
      }),
      { numRuns: 60 },
    );
  });
});

async function expected(entries: readonly TarEntry[]) {
  const tree = new Map<string, string>();
  for (const entry of entries) {
    const name = Buffer.from(entry.path).toString('latin1');
    if (entry.type === 'file') {
      const bytes: Uint8Array[] = [];
      for await (const chunk of entry.content()) bytes.push(chunk);
      tree.set(
        name,
        `file ${(entry.mode & 0o777).toString(8)} ${entry.mtimeSeconds} ${Buffer.concat(bytes).toString('hex')}`,
      );
    } else if (entry.type === 'symlink') {
      tree.set(name, `link ${Buffer.from(entry.target).toString('latin1')}`);
    } else tree.set(name, `folder ${(entry.mode & 0o777).toString(8)}`);
  }
  return tree;
}
