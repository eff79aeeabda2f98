// Moving keeps content and holes.
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copySparse, move } from '../../../runner/execution/move.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-move-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('copySparse leaves holes where there are zeros, and keeps the length', async () => {
  const from = join(folder, 'from');
  writeFileSync(from, 'head');
  truncateSync(from, 64 * 1024 * 1024 + 5);
  const descriptor = openSync(from, 'r+');
  writeSync(descriptor, Buffer.from('middle'), 0, 6, 32 * 1024 * 1024 - 3);
  closeSync(descriptor);
  await copySparse(from, join(folder, 'to'));
  expect(readFileSync(join(folder, 'to')).equals(readFileSync(from))).toBe(true);
  expect(statSync(join(folder, 'to')).blocks * 512).toBeLessThan(1024 * 1024);
});

test('move replaces a folder that is in the way', async () => {
  mkdirSync(join(folder, 'new'));
  writeFileSync(join(folder, 'new', 'a'), 'a');
  mkdirSync(join(folder, 'old'));
  writeFileSync(join(folder, 'old', 'b'), 'b');
  await move(join(folder, 'new'), join(folder, 'old'));
  expect(existsSync(join(folder, 'new'))).toBe(false);
  expect(readFileSync(join(folder, 'old', 'a'), 'utf8')).toBe('a');
  expect(existsSync(join(folder, 'old', 'b'))).toBe(false);
});
