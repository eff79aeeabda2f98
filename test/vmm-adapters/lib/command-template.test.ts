// Templates of the VMM `command`: what they become for a machine, and what is said when they are wrong.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readToml } from '../../../runner/build-file/toml.ts';
import type { Machine, Table } from '../../../vmm-adapters/lib/adapter.ts';
import { fillIn, readTemplate } from '../../../vmm-adapters/lib/command-template.ts';

const good: Table = {
  arguments: ['vmm', '-m', '{memory-mib}', '{disks}', '{boot}'],
  disk: ['-d', '{number}:{path}'],
  boot: { kernel: ['-k', '{kernel}'], bios: [] },
  version: ['vmm', '--version'],
  'most-disks': 2,
  'most-cpus': 1,
  'most-memory-mib': 512,
  architectures: ['x86_64'],
};
const machine: Machine = {
  id: 'session-1',
  arch: 'x86_64',
  memoryBytes: 256 * 1024 ** 2,
  cpus: 1,
  boot: { kind: 'kernel', kernelPath: '/k/{cpus}', commandLine: '' },
  disks: [],
};
const disks = ['/a b', '/c'].map((path) => ({ path, sizeBytes: 512 }));

test('lists stand where they are named, and a path stays what it is', () => {
  expect(fillIn(readTemplate(good), machine, disks, '')).toEqual([
    'vmm',
    '-m',
    '256',
    '-d',
    '1:/a b',
    '-d',
    '2:/c',
    '-k',
    '/k/{cpus}',
  ]);
  const byBios: Machine = { ...machine, boot: { kind: 'firmware', firmware: 'bios' } };
  expect(fillIn(readTemplate(good), byBios, [], '')).toEqual(['vmm', '-m', '256']);
});

test.each<[Table, string]>([
  [
    { ...good, argments: [] },
    'it has no key "argments"; use: arguments, boot, disk, version, serial, disk-format, most-disks, most-cpus, most-memory-mib, architectures',
  ],
  [{ ...good, arguments: ['vmm'] }, 'arguments needs the word "{disks}", or no disk is attached'],
  [{ ...good, arguments: 'vmm' }, 'arguments must be a list of words'],
  [{ ...good, boot: {} }, 'boot needs kernel, bios or uefi, each a list of words'],
  [{ ...good, boot: { floppy: [] } }, 'boot.floppy is no way to boot; use kernel, bios, uefi'],
  [{ ...good, 'most-disks': 1 }, 'most-disks must be a whole number, at least 2'],
  [{ ...good, serial: 'pipe' }, 'serial must be one of: stdio, socket'],
])('%j', (table, what) => {
  expect(() => readTemplate(table)).toThrow(`The template of the VMM is wrong: ${what}. docs/porting.md describes it.`);
});

test('an unknown placeholder', () => {
  const template = readTemplate({ ...good, disk: ['{file}'] });
  expect(() => fillIn(template, machine, disks, '')).toThrow(
    'there is no placeholder {file} here; use: machine, memory-mib',
  );
});

test('the example of the documentation', () => {
  const read = readToml(readFileSync(join(import.meta.dirname, '../../../docs/examples/qemu.toml'), 'utf8'));
  if (!read.ok) throw new Error(read.what);
  expect([...readTemplate(read.table).boots.keys()]).toEqual(['kernel', 'bios']);
});
