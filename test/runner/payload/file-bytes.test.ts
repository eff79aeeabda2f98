// Chunks of files: all bytes, once, whatever the length, and read by a tar reader although their memory is used again.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extractTar } from '../../../build-vm/border/tar-read.ts';
import { writeTar } from '../../../build-vm/border/tar-write.ts';
import { digestFile, fileChunks, unchangedChunks } from '../../../runner/payload/file-bytes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-bytes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const mebibyte = 1024 * 1024;

test.each([0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 3 * mebibyte])('%i bytes', (length) => {
  const bytes = randomBytes(length);
  const path = join(folder, 'file');
  writeFileSync(path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(digestFile(path)).toEqual({ sizeBytes: length, sha256 });
  const part = [...fileChunks(path, { offsetBytes: 1, lengthBytes: 5 })].map((chunk) => Buffer.from(chunk));
  expect(Buffer.concat(part)).toEqual(bytes.subarray(1, 6));
});

test('a file that changed since it was digested is refused', () => {
  const path = join(folder, 'file');
  writeFileSync(path, 'one');
  const { sha256 } = digestFile(path);
  writeFileSync(path, 'two');
  expect(() => [...unchangedChunks(path, sha256)]).toThrow(
    `${path}: this file changed after the plan was made, so the result would not be what the plan says; build again.`,
  );
});

test('a pipe is not waited for, and a device not read', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  expect(() => digestFile(pipe)).toThrow(`${pipe}: this is a pipe, but must be a plain file; name another one.`);
  expect(() => digestFile('/dev/zero')).toThrow('/dev/zero: this is a device or a socket');
});

test('an archive whose headers lie across chunks is unpacked rightly', async () => {
  // With its headers the first entry ends 1024 bytes before the first chunk does: the next one's pax records lie across.
  const contents = [randomBytes(mebibyte - 6 * 512), randomBytes(2 * mebibyte - 300), randomBytes(5)];
  const entries = contents.map((content, index) => ({
    type: 'file' as const,
    path: `file-${index}`,
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtimeSeconds: 0,
    xattrs: new Map([['user.long', Buffer.alloc(600, 'x')]]),
    sizeBytes: content.length,
    content: async function* () {
      yield content;
    },
  }));
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(entries)) chunks.push(chunk);
  const path = join(folder, 'archive.tar');
  writeFileSync(path, Buffer.concat(chunks));
  const to = join(folder, 'to');
  mkdirSync(to);
  const bytes = async function* () {
    yield* fileChunks(path);
  };
  await extractTar(bytes(), to);
  const same = contents.map((content, index) => readFileSync(join(to, `file-${index}`)).equals(content));
  expect(same).toEqual([true, true, true]);
});
