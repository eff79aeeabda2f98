// What scan lists of a folder, and what it refuses.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scan, UnreadableInput } from '../../../runner/payload/scan.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-scan-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function shown(): string[] {
  return scan(folder).map((entry) => {
    const path = entry.path.toString('latin1');
    if (entry.kind === 'file')
      return `${path} ${entry.executable ? 'x' : '-'} ${entry.sizeBytes} ${entry.digest.slice(0, 8)}`;
    return entry.kind === 'link' ? `${path} -> ${entry.target.toString()}` : `${path}/`;
  });
}

test('lists parents first and siblings by the bytes of their names, whatever order they were made in', () => {
  mkdirSync(join(folder, 'b'));
  writeFileSync(join(folder, 'b', 'two'), 'two');
  writeFileSync(join(folder, 'a'), '');
  writeFileSync(join(folder, 'B'), 'big', { mode: 0o755 });
  writeFileSync(Buffer.from(`${folder}/\xff`, 'latin1'), 'x');
  symlinkSync('../outside', join(folder, 'link'));
  expect(shown()).toEqual([
    '/',
    'B x 3 2a21fe6d',
    'a - 0 e3b0c442',
    'b/',
    'b/two - 3 3fc4ccfe',
    'link -> ../outside',
    '\xff - 1 2d711642',
  ]);
});

test('keeps only whether a file is executable of its mode', () => {
  writeFileSync(join(folder, 'a'), 'a');
  chmodSync(join(folder, 'a'), 0o4710);
  expect(shown()).toEqual(['/', 'a x 1 ca978112']);
});

test('lists a single file under an empty path', () => {
  writeFileSync(join(folder, 'a'), 'a');
  expect(scan(join(folder, 'a')).map((entry) => [entry.kind, entry.path.length])).toEqual([['file', 0]]);
});

test('refuses what is no file, folder or link', () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(() => scan(folder)).toThrow(new UnreadableInput(`${folder}/pipe is a device, a socket or a pipe`));
});
