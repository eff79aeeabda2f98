// What qemu-img writes is recognised in every format, and nothing else is.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { foreignFormat } from '../../../runner/disk-image/foreign-format.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-format-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['qcow2', 'qcow2', []],
  ['vhdx', 'VHDX', []],
  ['vpc', 'VHD', []],
  ['vpc', 'VHD', ['-o', 'subformat=fixed']],
  ['vmdk', 'VMDK', []],
  ['vmdk', 'VMDK', ['-o', 'subformat=monolithicFlat']],
  ['vdi', 'VDI', []],
])('%s of qemu-img is a %s disk (%j)', async (option, format, more) => {
  const path = join(folder, `disk.${option}${more.length}`);
  execFileSync('qemu-img', ['create', '-q', '-f', option, ...more, path, '2M']);
  expect(await foreignFormat(path)).toBe(`a ${format} disk; convert it with \`qemu-img convert -f ${option} -O raw\``);
});

test.each(['', 'MZ', 'QFI', 'x'.repeat(2048)])('a file that begins with %j is none of them', async (text) => {
  writeFileSync(join(folder, 'other'), text);
  expect(await foreignFormat(join(folder, 'other'))).toBeUndefined();
});
