// Unpacking: what GNU tar packed comes out, and nothing of a hostile archive lands outside its folder.
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BorderError } from '../../../build-vm/border/border-error.ts';
import { extractTar } from '../../../build-vm/border/tar-read.ts';
import { type TarEntry, writeTar } from '../../../build-vm/border/tar-write.ts';
import { anyEntries } from './arbitrary-entries.ts';
import { listTree } from './list-tree.ts';

let top = '';
let folder = '';
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'vmb-untar-'));
  folder = join(top, 'inside');
  mkdirSync(folder);
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const common = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 1_767_225_600 };
const folderEntry = (path: string): TarEntry => ({ ...common, mode: 0o755, path, type: 'folder' });
const symlink = (path: string, target: string): TarEntry => ({ ...common, path, type: 'symlink', target });
const hardlink = (path: string, target: string): TarEntry => ({ ...common, path, type: 'hardlink', target });

function file(path: string, text = 'hostile'): TarEntry {
  const bytes = Buffer.from(text);
  async function* content() {
    yield bytes;
  }
  return { ...common, path, type: 'file', sizeBytes: bytes.length, content };
}

async function refusal(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const error = await extractTar(chunks, folder).catch((caught: unknown) => caught);
  if (!(error instanceof BorderError)) throw new Error('it was not refused', { cause: error });
  expect(error.code).toBe('tar-refused');
  expect([...(await listTree(top)).keys()].filter((path) => !path.startsWith('inside'))).toEqual([]);
  return error.message.replace('The archive is refused. ', '');
}

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function archiveOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('an archive of GNU tar', () => {
  test('comes out as it went in', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntries, fc.integer({ min: 1, max: 20_000 }), async (entries, pieceBytes) => {
        const from = mkdtempSync(join(top, 'from-'));
        const to = mkdtempSync(join(top, 'to-'));
        execFileSync('tar', ['-xpf', '-', '-C', from], { input: await archiveOf(entries) });
        const archive = execFileSync('tar', ['-cf', '-', '--format=pax', '-C', from, '.'], { maxBuffer: 1e8 });
        await extractTar(inPieces(archive, pieceBytes), to);
        expect(await listTree(to)).toEqual(await listTree(from));
      }),
      { numRuns: 40 },
    );
  });

  test('keeps hard links, and holes where files are zeros', async () => {
    const from = join(top, 'from');
    mkdirSync(from);
    writeFileSync(join(from, 'a'), Buffer.alloc(50_000_000));
    execFileSync('ln', [join(from, 'a'), join(from, 'b')]);
    const archive = execFileSync('tar', ['-cf', '-', '--format=pax', '-C', from, 'a', 'b'], { maxBuffer: 1e8 });
    await extractTar(inPieces(archive, 65_536), folder);
    const [a, b] = [statSync(join(folder, 'a')), statSync(join(folder, 'b'))];
    expect(a.ino).toBe(b.ino);
    expect(a.size).toBe(50_000_000);
    expect(a.blocks * 512).toBeLessThan(1_000_000);
  });

  test('with a sparse map is refused', async () => {
    const from = join(top, 'from');
    mkdirSync(from);
    execFileSync('truncate', ['-s', '10M', join(from, 'hole')]);
    const archive = execFileSync('tar', ['-cSf', '-', '--format=pax', '-C', from, 'hole']);
    rmSync(from, { recursive: true });
    expect(await refusal(inPieces(archive, 512))).toMatchInlineSnapshot(
      `"It holds a sparse file in a form of GNU tar. Write it without --sparse."`,
    );
  });
});

describe('refused', () => {
  test('an absolute path', async () => {
    expect(await refusal(writeTar([file('/tmp/x')]))).toMatchInlineSnapshot(`""/tmp/x": Its path is absolute."`);
  });

  test('a path that climbs', async () => {
    expect(await refusal(writeTar([folderEntry('a'), file('a/../../x')]))).toMatchInlineSnapshot(
      `""a/../../x": Its path contains ".."."`,
    );
  });

  test('a file below a symbolic link', async () => {
    expect(await refusal(writeTar([folderEntry('a'), symlink('l', 'a'), file('l/x')]))).toMatchInlineSnapshot(
      `""l/x": It lies below "l", which is no folder."`,
    );
  });

  test('a file in the place of a symbolic link', async () => {
    expect(await refusal(writeTar([symlink('l', 'nowhere'), file('l')]))).toMatchInlineSnapshot(
      `""l": There is already an entry with this name."`,
    );
  });

  test('a folder in the place of a symbolic link', async () => {
    expect(await refusal(writeTar([folderEntry('a'), symlink('l', 'a'), folderEntry('l')]))).toMatchInlineSnapshot(
      `""l": There is already an entry with this name."`,
    );
  });

  test('an absolute symbolic link', async () => {
    expect(await refusal(writeTar([symlink('l', '/etc/passwd')]))).toMatchInlineSnapshot(
      `""l": It is a symbolic link to "/etc/passwd", which leads out of what is copied. Bring it out with tar-out, which does not unpack."`,
    );
  });

  test('a symbolic link that climbs out', async () => {
    expect(await refusal(writeTar([folderEntry('a'), symlink('a/l', '../../x')]))).toMatchInlineSnapshot(
      `""a/l": It is a symbolic link to "../../x", which leads out of what is copied, or may. Bring it out with tar-out, which does not unpack."`,
    );
  });

  test('a symbolic link that climbs behind another link', async () => {
    // a/up leads to the top, so that a/up/../x would lie beside it although it does not look so.
    expect(
      await refusal(writeTar([folderEntry('a'), symlink('a/up', '..'), symlink('l', 'a/up/../x')])),
    ).toMatchInlineSnapshot(
      `""l": It is a symbolic link to "a/up/../x", which leads out of what is copied, or may. Bring it out with tar-out, which does not unpack."`,
    );
  });

  test('a hard link to a symbolic link', async () => {
    // In the top folder the same link would climb out.
    const entries = [folderEntry('a'), symlink('a/l', '../x'), hardlink('l', 'a/l')];
    expect(await refusal(writeTar(entries))).toMatchInlineSnapshot(
      `""l": It is a hard link to "a/l", which is no file that came before it."`,
    );
  });

  test('a hard link to a file outside', async () => {
    writeFileSync(join(top, 'inside', 'bait'), '');
    expect(await refusal(writeTar([hardlink('l', '../secret')]))).toMatchInlineSnapshot(
      `""../secret": Its path contains ".."."`,
    );
    expect(await refusal(writeTar([hardlink('l', '/etc/passwd')]))).toMatchInlineSnapshot(
      `""/etc/passwd": Its path is absolute."`,
    );
  });

  test('a device and a named pipe', async () => {
    const device: TarEntry = { ...common, path: 'sda', type: 'block-device', major: 8, minor: 0 };
    expect(await refusal(writeTar([device]))).toMatchInlineSnapshot(
      `""sda": It is a device. Bring it out with tar-out, which does not unpack."`,
    );
    expect(await refusal(writeTar([{ ...common, path: 'pipe', type: 'fifo' }]))).toMatchInlineSnapshot(
      `""pipe": It is a named pipe. Bring it out with tar-out, which does not unpack."`,
    );
  });

  test('a second entry of the same name', async () => {
    expect(await refusal(writeTar([file('a', 'first'), file('a', 'second')]))).toMatchInlineSnapshot(
      `""a": There is already an entry with this name."`,
    );
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('first');
  });

  test('a name without an end, and none at all', async () => {
    expect(await refusal(writeTar([file('.')]))).toMatchInlineSnapshot(`"".": It has no name."`);
  });

  test('a pax header of more than 1 MiB', async () => {
    const xattrs = new Map([['user.x', Buffer.alloc(2_000_000, 'x')]]);
    expect(await refusal(writeTar([{ ...file('a'), xattrs }]))).toMatchInlineSnapshot(
      `"A pax header is longer than 1 MiB."`,
    );
  });

  test('an archive that is cut anywhere', async () => {
    const whole = await archiveOf([folderEntry('a'), file(`a/${'n'.repeat(150)}`, 'x'.repeat(700))]);
    // The two blocks of zeros at the end are padded to 10240 bytes; one of them is enough.
    const used = Math.ceil(whole.lastIndexOf('x') / 512) * 512 + 511;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: used }), async (cut) => {
        const to = mkdtempSync(join(folder, 'to-'));
        await expect(extractTar(inPieces(whole.subarray(0, cut), 500), to)).rejects.toMatchObject({
          code: 'tar-refused',
        });
      }),
      { numRuns: 60 },
    );
  });
});

test('set-user-ID bits do not reach the host', async () => {
  await extractTar(writeTar([{ ...file('su'), mode: 0o6755 }]), folder);
  expect((statSync(join(folder, 'su')).mode & 0o7777).toString(8)).toBe('755');
});

test('any bytes write nothing outside, whatever they are', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyEntries,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
      async (entries, changes) => {
        const to = mkdtempSync(join(folder, 'to-'));
        const archive = await archiveOf(entries);
        for (const [place, byte] of changes) archive[place % archive.length] = byte;
        await extractTar(inPieces(archive, 4096), to).catch((error: unknown) =>
          expect(error).toBeInstanceOf(BorderError),
        );
        expect(existsSync(to)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
  expect([...(await listTree(top)).keys()].filter((path) => !path.startsWith('inside'))).toEqual([]);
});
