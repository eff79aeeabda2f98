// What a path given to `vmb import` means: folders, build files, and the import.xml of vm-builder.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importedFolders } from '../../../runner/command-line/imported-folders.ts';
import { RunnerError } from '../../../runner/runner-error.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmb-import-'));
  for (const name of ['repo/a', 'repo/b', 'plain']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['plain/build.toml', 'repo/a/build.xml', 'plain/other.toml'])
    writeFileSync(join(folder, name), '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function meant(path: string): Promise<unknown> {
  try {
    const found = await importedFolders(join(folder, path), folder);
    return found.map((one) => `${one.name}: ${one.folder.replace(folder, 'FOLDER')}`);
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error;
    return `${error.code}: ${error.message.replaceAll(folder, 'FOLDER')}`;
  }
}

test('folders and build files', async () => {
  expect(await meant('plain')).toEqual(['plain: FOLDER/plain']);
  expect(await meant('plain/build.toml')).toEqual(['plain: FOLDER/plain']);
  expect(await meant('repo/a/build.xml')).toEqual(['a: FOLDER/repo/a']);
  expect([await meant('plain/other.toml'), await meant('nothing')]).toMatchInlineSnapshot(`
    [
      "usage: --path: FOLDER/plain/other.toml is no build file, because those are called build.toml, build.xml, import.xml; name one of them, or a folder.",
      "usage: --path: there is no FOLDER/nothing; correct the path.",
    ]
  `);
});

test('an import.xml names folders beside it, in itself or in its folder', async () => {
  writeFileSync(
    join(folder, 'import.xml'),
    '<import>\n  <repository name="vm-repo" path="repo/a"/>\n  <repository path="./repo/b/"/>\n</import>\n',
  );
  const both = ['vm-repo: FOLDER/repo/a', 'b: FOLDER/repo/b'];
  expect([await meant('import.xml'), await meant('.')]).toEqual([both, both]);
});

test.each([
  ['nothing in it', '<import/>'],
  ['no XML', 'repo/a'],
  ['what is not there', '<import>\n  <repository path="repo/c"/>\n  <repository path="../x"/>\n</import>'],
  ['what is elsewhere', '<import><repository url="https://example.org/repo.git"/></import>'],
  ['what vmb does not know', '<import><repository path="repo/a" hash="ab"/></import>'],
])('an import.xml with %s', async (_, text) => {
  writeFileSync(join(folder, 'import.xml'), text);
  expect(await meant('import.xml')).toMatchSnapshot();
});

test('an import.xml leads nowhere else by a link', async () => {
  symlinkSync(join(folder, 'plain'), join(folder, 'repo/out'));
  symlinkSync('a', join(folder, 'repo/in'));
  writeFileSync(join(folder, 'repo/import.xml'), '<import>\n  <repository path="out"/>\n</import>\n');
  expect(await meant('repo')).toBe(
    'build-file: repo/import.xml:2:15: path: "out" leads out of the folder of the import.xml; import that folder by itself',
  );
  writeFileSync(join(folder, 'repo/import.xml'), '<import>\n  <repository path="in"/>\n</import>\n');
  expect(await meant('repo')).toEqual(['in: FOLDER/repo/in']);
});
