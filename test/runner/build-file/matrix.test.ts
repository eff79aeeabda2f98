// Matrices: what variants come of lists and of files, and what is wrong with some.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatMistakes } from '../../../runner/build-file/mistakes.ts';
import { readVariants, type VariantsRead } from '../../../runner/build-file/read-variants.ts';
import { sampleJobs } from './sample-jobs.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-matrix-'));
  await mkdir(join(folder, 'vars'));
});

afterEach(() => rm(folder, { recursive: true }));

const head = 'name = "a"\nversion = "1"\narch = "x86_64"\nsummary = "A"\n';
const job = '[[job]]\nuse = "run"\ncommand = "echo ${a} ${b}"\n';

async function read(text: string, vars: Record<string, string> = {}): Promise<VariantsRead> {
  const path = join(folder, 'build.toml');
  await writeFile(path, head + text);
  return readVariants(path, { vars: new Map(Object.entries(vars)), environment: {}, jobs: sampleJobs });
}

async function commands(text: string, vars: Record<string, string> = {}): Promise<unknown[]> {
  const result = await read(text, vars);
  if (!result.ok) throw new Error(formatMistakes(result.mistakes, folder));
  return result.buildFiles.map(({ variant, jobs }) => [variant?.label, jobs[0]?.bound.options]);
}

async function complaints(text: string): Promise<string> {
  const result = await read(text);
  return result.ok ? 'no mistakes' : formatMistakes(result.mistakes, folder);
}

test('without a matrix there is one image, without a label', async () => {
  expect(await commands(`[vars]\na = "1"\nb = "2"\n${job}`)).toEqual([[undefined, { command: 'echo 1 2' }]]);
});

test('every combination of lists is an image; a value of the matrix counts, not the one in [vars]', async () => {
  expect(await commands(`[vars]\na = "x"\n[matrix]\na = ["1", "2"]\nb = ["3", "4"]\n${job}`)).toEqual([
    ['a=1,b=3', { command: 'echo 1 3' }],
    ['a=1,b=4', { command: 'echo 1 4' }],
    ['a=2,b=3', { command: 'echo 2 3' }],
    ['a=2,b=4', { command: 'echo 2 4' }],
  ]);
});

test('every file of variables is an image, sorted; values are taken as they are', async () => {
  await writeFile(join(folder, 'vars/small.env'), '# a comment\n\na=1\r\n b =two words = "2"  \n');
  await writeFile(join(folder, 'vars/large.env'), 'a=${b}\nb=\n');
  await writeFile(join(folder, 'vars/.hidden.env'), 'x');
  await writeFile(join(folder, 'vars/note.txt'), 'x');
  await symlink('/etc/passwd', join(folder, 'vars/link.env'));
  expect(await commands(`[matrix]\nfiles = "vars/*.env"\n${job}`)).toEqual([
    ['large', { command: 'echo ${b} ' }],
    ['small', { command: 'echo 1 two words = "2"  ' }],
  ]);
  expect(await commands(`[matrix]\nfiles = "vars/*.env"\nc = ["1", "2"]\n${job}`)).toMatchObject([
    ['large,c=1', {}],
    ['large,c=2', {}],
    ['small,c=1', {}],
    ['small,c=2', {}],
  ]);
});

test('--var sets the other variables, never those of the matrix', async () => {
  const text = `[vars]\nb = "x"\n[matrix]\na = ["1", "2"]\n${job}`;
  expect(await commands(text, { b: 'y' })).toMatchObject(
    [
      [{}, { command: 'echo 1 y' }],
      [{}, { command: 'echo 2 y' }],
    ].map(([, options]) => [expect.any(String), options]),
  );
  await expect(commands(text, { a: '3' })).rejects.toThrow(
    '--var a=…: the matrix sets this variable; choose with --only a=….',
  );
});

test.each([
  ['no variables', '[matrix]\n'],
  ['an empty list', '[matrix]\na = []\n'],
  ['a value twice', '[matrix]\na = ["1", "1"]\nb = ["2"]\n'],
  ['a text', '[matrix]\na = "1"\nb = ["2"]\n'],
  ['numbers', '[matrix]\na = [1, 2]\nb = ["2"]\n'],
  ['no table', 'matrix = ["a"]\n'],
  ['a name that is none', '[matrix]\n"a b" = ["1"]\n'],
  ['a pattern that leaves the folder', '[matrix]\nfiles = "../*.env"\n'],
  ['a pattern without a star', '[matrix]\nfiles = "vars/a.env"\n'],
  ['a pattern for folders', '[matrix]\nfiles = "*/a.env"\n'],
  ['two stars', '[matrix]\nfiles = "vars/*a*a*a.env"\n'],
  ['no such files', '[matrix]\nfiles = "vars/*.env"\n'],
  [
    'too many',
    `[matrix]\na = [${Array.from({ length: 17 }, (_, n) => `"${n}"`)}]\nb = [${Array.from({ length: 17 }, (_, n) => `"${n}"`)}]\n`,
  ],
])('mistakes: %s', async (name, text) => {
  expect(`${name}\n${await complaints(text + job)}`).toMatchSnapshot();
});

test('mistakes in files of variables, and in one image only, say where', async () => {
  await writeFile(join(folder, 'vars/a.env'), 'a=1\nb\na=2\nb b=1\nb=2\n');
  await writeFile(join(folder, 'vars/b.env'), Buffer.from('a=\xff\n', 'latin1'));
  expect(await complaints(`[matrix]\nfiles = "vars/*.env"\n${job}`)).toMatchInlineSnapshot(`
    "vars/a.env:2:1: "b" sets no variable; write name=value, or # in front of a comment
    vars/a.env:3:1: the variable "a" is set twice in this file; remove one of the two
    vars/a.env:4:1: "b b" cannot be the name of a variable, because names are made of letters, digits, "_" and "-"; choose another name
    vars/b.env:1:1: this line is not UTF-8 text; save the file in UTF-8"
  `);
  await writeFile(join(folder, 'vars/a.env'), 'a=1\nb=2\n');
  await writeFile(join(folder, 'vars/b.env'), 'a=1\n');
  const format = '[[job]]\nuse = "format"\nvolume = "main:1"\ntype = "${a}"\n';
  expect(await complaints(`[matrix]\nfiles = "vars/*.env"\n${job}${format}`)).toMatchInlineSnapshot(`
    "build.toml:9:11: job 1 (run): command (in b): there is no variable "b"; add it to [vars], or write $\${ for a \${ that stays
    build.toml:13:8: job 2 (format): type: "1" is not possible here; use one of: "ext4", "fat32""
  `);
});

test('a variable that the matrix sets twice', async () => {
  await writeFile(join(folder, 'vars/a.env'), 'a=1\nb=2\n');
  expect(await complaints(`[matrix]\nfiles = "vars/*.env"\na = ["1", "2"]\n${job}`)).toMatchInlineSnapshot(
    `"build.toml:7:5: matrix.a: the variable "a" is set by a already; set it in one place"`,
  );
});

test('a link that leads out of the build folder, on the way to files of variables', async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'vmb-matrix-'));
  await writeFile(join(elsewhere, 'a.env'), 'a=secret\nb=1\n');
  await symlink(elsewhere, join(folder, 'link'));
  await symlink('vars', join(folder, 'alias'));
  await writeFile(join(folder, 'vars/a.env'), 'a=1\nb=2\n');
  expect(await complaints(`[matrix]\nfiles = "link/*.env"\n${job}`)).toMatchInlineSnapshot(
    `"build.toml:6:9: matrix.files: "link/*.env" is no pattern for files of the build folder, because it needs one "*", in the file’s name, and no ".."; write it like "vars/*.env""`,
  );
  expect(await commands(`[matrix]\nfiles = "alias/*.env"\n${job}`)).toEqual([['a', { command: 'echo 1 2' }]]);
  await rm(elsewhere, { recursive: true });
});
