// What is said of an earlier build with another VMM.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compareWithEarlier, readEarlierRecord } from '../../../runner/execution/earlier-record.ts';

const artifact = (name: string, sha256: string) => ({
  name,
  path: `/out/${name}`,
  sizeBytes: 1,
  sha256,
  kind: 'file' as const,
});
const earlier = {
  vmm: 'qemu',
  startedAt: '2026-11-20T12:00:00.000Z',
  digests: new Map([
    ['a.img', 'aa'],
    ['b.efi', 'bb'],
  ]),
};

test('equal artifacts of another VMM', () => {
  expect(compareWithEarlier([artifact('a.img', 'aa'), artifact('b.efi', 'bb')], 'v86', earlier)).toBe(
    'Every artifact has the same SHA-256 as in the record of the build with qemu at 2026-11-20T12:00:00.000Z.',
  );
});

test('another digest, and an artifact that was not there', () => {
  expect(compareWithEarlier([artifact('a.img', 'other'), artifact('c.img', 'cc')], 'v86', earlier)).toBe(
    'Not as in the record of the build with qemu at 2026-11-20T12:00:00.000Z: a.img, c.img. The build has changed since then, or the VMMs disagree; vmb build --vmm qemu,v86 tells.',
  );
});

test('nothing of the same VMM, without a record, or without artifacts', () => {
  expect(compareWithEarlier([artifact('a.img', 'aa')], 'qemu', earlier)).toBe(undefined);
  expect(compareWithEarlier([artifact('a.img', 'aa')], 'v86', undefined)).toBe(undefined);
  expect(compareWithEarlier([], 'v86', earlier)).toBe(undefined);
});

test('a record is read; a damaged one, or one of another form, is none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmb-record-'));
  const path = join(folder, 'record.json');
  const record = {
    vmm: { name: 'qemu' },
    startedAt: earlier.startedAt,
    artifacts: [artifact('a.img', 'aa'), artifact('b.efi', 'bb')],
  };
  writeFileSync(path, JSON.stringify(record));
  expect(await readEarlierRecord(path)).toEqual(earlier);
  for (const damaged of ['{', '{}', 'null']) {
    writeFileSync(path, damaged);
    expect(await readEarlierRecord(path)).toBe(undefined);
  }
  rmSync(folder, { recursive: true });
  expect(await readEarlierRecord(path)).toBe(undefined);
});
