// Where sources lead, and the sentences for those that lead nowhere or out.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSource } from '../../../jobs/lib/source.ts';
import { locate, type SourceFacts, sourceSizeBytes } from '../../../runner/payload/locate.ts';

let folder: string;
let facts: SourceFacts;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'vmb-locate-')));
  mkdirSync(join(folder, 'build', 'files'), { recursive: true });
  writeFileSync(join(folder, 'build', 'files', 'motd'), 'hello');
  writeFileSync(join(folder, 'build', '..motd'), 'hello');
  writeFileSync(join(folder, 'secret'), 'secret');
  symlinkSync('../../secret', join(folder, 'build', 'files', 'leak'));
  symlinkSync('files/motd', join(folder, 'build', 'alias'));
  execFileSync('mkfifo', [join(folder, 'build', 'pipe')]);
  const vmbInputs = () => new Map([['vmlinuz', '/cache/vmlinuz']]);
  const fetched = new Map([
    ['root', { label: 'fetched:root', kind: 'folder', files: [], line: undefined, debianArch: 'amd64' }] as const,
  ]);
  const artifacts = new Set(['hello.efi']);
  facts = {
    folderOf: () => join(folder, 'build'),
    vmbInputs,
    artifacts,
    fetched,
    storePath: ({ hex }) => `/store/${hex}`,
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

const located = (text: string) => locate(parseSource(text), facts, ['from']);
const mistake = (text: string) => {
  try {
    located(text);
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(folder, '') : String(error);
  }
  return undefined;
};

test('finds files of the build folder, links inside it, inputs of vmb and artifacts', () => {
  expect(located('files/motd')).toEqual({
    kind: 'file',
    label: 'files/motd',
    path: join(folder, 'build', 'files/motd'),
  });
  expect(located('..motd')).toMatchObject({ path: join(folder, 'build', '..motd') });
  expect(located('alias')).toMatchObject({ label: 'alias', path: join(folder, 'build', 'files/motd') });
  expect(located('vmb:vmlinuz')).toEqual({ kind: 'file', label: 'vmb:vmlinuz', path: '/cache/vmlinuz' });
  expect(located('artifact:hello.efi')).toEqual({ kind: 'artifact', label: 'artifact:hello.efi', name: 'hello.efi' });
  expect(located('fetched:root')).toMatchObject({ kind: 'fetched', label: 'fetched:root' });
});

test('a fetch that is not there', () => {
  expect(mistake('fetched:roto')).toBe(
    'no fetch before this step has as = "roto" (did you mean "root"?); use one of: fetched:root',
  );
});

test('knows the length of what is a file before the build', () => {
  const size = (text: string) => sourceSizeBytes(parseSource(text), facts, ['from']);
  expect(['files/motd', 'alias', 'files', 'vmb:vmlinuz', 'artifact:hello.efi'].map(size)).toEqual([
    5,
    5,
    undefined,
    undefined,
    undefined,
  ]);
  expect(() => size('files/nomotd')).toThrow('there is no "files/nomotd" in the build folder');
});

test('refuses what is not there or leads out', () => {
  expect(
    [
      'files/nomotd',
      '../secret',
      '/etc/passwd',
      'files/../../secret',
      'files/leak',
      'vmb:vmlinux',
      'artifact:helo.efi',
    ].map(mistake),
  ).toMatchInlineSnapshot(`
    [
      "there is no "files/nomotd" in the build folder /build; make it, or correct the path",
      ""../secret" leads out of the build folder, so that the build would depend on this machine; copy it into the build folder and name it from there",
      ""/etc/passwd" leads out of the build folder, so that the build would depend on this machine; copy it into the build folder and name it from there",
      ""files/../../secret" leads out of the build folder, so that the build would depend on this machine; copy it into the build folder and name it from there",
      ""files/leak" is a link that leads out of the build folder, to /secret; put the file itself into the build folder",
      "vmb brings no "vmb:vmlinux" along (did you mean "vmlinuz"?); use one of: vmb:vmlinuz",
      "no step before this one makes an artifact "helo.efi" (did you mean "hello.efi"?); use one of: artifact:hello.efi",
    ]
  `);
});

test('a NUL byte in a path is refused, as it would cut the path short', () => {
  expect(mistake('files/motd\0')).toMatch(/leads out of the build folder/);
});

test('a pipe is not waited for', () => {
  expect(mistake('pipe')).toBe(
    '"pipe" is a device, a socket or a pipe; name a file or folder with the bytes themselves',
  );
});
