// Builds that extend others: what is merged how, and where mistakes point.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatMistakes } from '../../../runner/build-file/mistakes.ts';
import type { BuildFileRead } from '../../../runner/build-file/read-build-file.ts';
import { readBuildFile } from '../../../runner/build-file/read-variants.ts';
import { registeredBuilds } from '../../../runner/state/registered-builds.ts';
import { sampleJobs } from './sample-jobs.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-inherit-'));
  await write('mine/base', 'base', base);
  await mkdir(join(folder, 'other'));
});

afterEach(() => rm(folder, { recursive: true }));

const base = `epoch = 2026-02-03T00:00:00Z
[machine]
memory = "1GiB"
cpus = 2
[vars]
label = "base"
greeting = "hello"
[[job]]
use = "format"
id = "root"
volume = "main:1"
label = "\${label}"
[[job]]
use = "run"
id = "greet"
command = ["echo", "\${greeting}"]
retries = 2
[[job]]
use = "run"
id = "last"
command = "sync"
`;

async function write(place: string, name: string, text: string, version = '1', arch = 'x86_64'): Promise<string> {
  const path = join(folder, place, 'build.toml');
  await mkdir(dirname(path), { recursive: true });
  const head = `name = "${name}"\nversion = "${version}"\narch = "${arch}"\nsummary = "About ${name}"\n`;
  await writeFile(path, head + text);
  return path;
}

async function read(text: string, arch = 'x86_64'): Promise<BuildFileRead> {
  const path = await write('mine/child', 'child', text, '2', arch);
  const library = registeredBuilds([
    { name: 'mine', folder: join(folder, 'mine') },
    { name: 'other', folder: join(folder, 'other') },
  ]);
  return readBuildFile(path, { vars: new Map(), environment: {}, jobs: sampleJobs, repository: 'mine', library });
}

async function jobsOf(text: string): Promise<unknown[]> {
  const result = await read(text);
  if (!result.ok) throw new Error(formatMistakes(result.mistakes, folder));
  return result.buildFile.jobs.map(({ use, id, bound, position }) => {
    const { file, line } = position([]);
    return [use, id, bound.options, `${file.slice(folder.length + 1, -11)}:${line}`];
  });
}

async function complaints(text: string): Promise<string> {
  const result = await read(text);
  return result.ok ? 'no mistakes' : formatMistakes(result.mistakes, folder);
}

test('what the child does not say is as in its parent', async () => {
  const result = await read('extends = "base"\n[machine]\ncpus = 4\n[vars]\nlabel = "child"\n');
  if (!result.ok) throw new Error(formatMistakes(result.mistakes, folder));
  const { name, version, arch, summary, machine, vars, jobs, epoch } = result.buildFile;
  expect({ name, version, arch, summary, machine, vars: [...vars], epoch }).toEqual({
    name: 'child',
    version: '2',
    arch: 'x86_64',
    summary: 'About child',
    machine: { memoryBytes: 1024 ** 3, cpus: 4, scratchBytes: undefined },
    vars: [
      ['label', 'child'],
      ['greeting', 'hello'],
    ],
    epoch: { seconds: 1770076800, origin: 'build file' },
  });
  expect(jobs.map(({ bound }) => bound.options)).toEqual([
    { volume: 'main:1', type: 'ext4', label: 'child' },
    { command: ['echo', 'hello'], retries: 2 },
    { command: 'sync' },
  ]);
});

test('jobs are replaced, changed, dropped and put in by their ids; others come last', async () => {
  expect(
    await jobsOf(`extends = "base"
[[job]]
use = "run"
id = "root"
command = "instead"
[[job]]
id = "greet"
command = "echo other"
[[job]]
id = "last"
drop = true
[[job]]
use = "run"
id = "first"
before = "root"
command = "first"
[[job]]
use = "run"
after = "first"
command = "second"
[[job]]
use = "run"
command = "at the end"
`),
  ).toEqual([
    ['run', 'first', { command: 'first' }, 'mine/child:16'],
    ['run', undefined, { command: 'second' }, 'mine/child:21'],
    ['run', 'root', { command: 'instead' }, 'mine/child:6'],
    ['run', 'greet', { command: 'echo other', retries: 2 }, 'mine/base:17'],
    ['run', undefined, { command: 'at the end' }, 'mine/child:25'],
  ]);
});

test('an inherited job can be moved, also while it is changed', async () => {
  const jobs = await jobsOf(`extends = "base"
[[job]]
id = "last"
before = "root"
[[job]]
id = "root"
after = "greet"
label = "moved"
`);
  expect(jobs.map((job) => Array.isArray(job) && job[1])).toEqual(['last', 'greet', 'root']);
  expect(jobs[2]).toMatchObject(['format', 'root', { volume: 'main:1', label: 'moved' }, 'mine/base:12']);
});

test('parents have parents, also in other repositories', async () => {
  await write('other/deep/middle', 'middle', 'extends = "top"\n[vars]\nb = "middle"\nc = "middle"\n');
  await write('other/top', 'top', '[vars]\na = "top"\nb = "top"\n[[job]]\nuse = "run"\ncommand = "${a} ${b} ${c}"\n');
  expect(await jobsOf('extends = { name = "other/middle" }\n[vars]\nc = "child"\n')).toEqual([
    ['run', undefined, { command: 'top middle child' }, 'other/top:8'],
  ]);
});

test('the parent for the same architecture is meant where there are several; versions have to be said', async () => {
  await write('mine/base-i686', 'base', base.replace('"base"', '"small"'), '1', 'i686');
  const small = await read('extends = "base"\n', 'i686');
  expect(small.ok && small.buildFile.vars.get('label')).toBe('small');
  await write('mine/base-2', 'base', base, '2');
  expect(await complaints('extends = "base"\n')).toMatchInlineSnapshot(
    `"mine/child/build.toml:5:11: extends: several builds fit: base 1 x86_64, base 2 x86_64; say which one: { name = "base", version = "…", arch = "…" }"`,
  );
  expect((await read('extends = { name = "base", version = "2" }\n')).ok).toBe(true);
});

test.each([
  ['a parent that is not there', 'extends = "bsae"\n'],
  ['a repository that is not there', 'extends = "othre/base"\n'],
  ['a version that is not there', 'extends = { name = "base", version = "3" }\n'],
  ['no name', 'extends = ["base"]\n'],
  ['a name that is a path', 'extends = "../base"\n'],
  ['a table with mistakes', 'extends = { nmae = "base", arch = "arm" }\n'],
  ['itself', 'extends = "child"\n'],
  ['ids that nothing has', 'extends = "base"\n[[job]]\nid = "rot"\ndrop = true\n[[job]]\nid = "new"\nlabel = "x"\n'],
  ['a drop without an id', 'extends = "base"\n[[job]]\ndrop = true\n[[job]]\nid = "root"\nuse = "run"\ndrop = true\n'],
  [
    'places that are none',
    'extends = "base"\n[[job]]\nuse = "run"\nafter = "rot"\ncommand = "x"\n[[job]]\nuse = "run"\nafter = "root"\nbefore = "root"\ncommand = "x"\n',
  ],
  ['an entry without a job', 'extends = "base"\n[[job]]\ncommand = "x"\n'],
  ['a list that is none', 'extends = "base"\njob = 1\n'],
  ['the words of a child without a parent', '[[job]]\nuse = "run"\nid = "a"\ncommand = "x"\nbefore = "b"\n'],
])('mistakes: %s', async (name, text) => {
  expect(`${name}\n${await complaints(text)}`).toMatchSnapshot();
});

test('a circle is told with every name on it', async () => {
  await write('mine/b', 'b', 'extends = "c"\n');
  await write('mine/c', 'c', 'extends = "child"\n');
  expect(await complaints('extends = "b"\n')).toMatchInlineSnapshot(
    `"mine/c/build.toml:5:11: extends: this leads in a circle, because "child" extends "b" extends "c" extends "child"; leave one of them out"`,
  );
});

test('mistakes in what is inherited point at the file that holds the value', async () => {
  await write(
    'mine/base',
    'base',
    base.replace('main:1', '${disk}').replace('"1GiB"', '"1GB"').replace('s = 2', 's = 0'),
  );
  expect(await complaints('extends = "base"\n[[job]]\nid = "greet"\nretries = 9\nmonut = 1\n')).toMatchInlineSnapshot(`
    "mine/base/build.toml:8:8: machine.cpus: 0 is too small, because it must be at least 1; write a larger number
    mine/base/build.toml:15:10: job 1 (format): volume: there is no variable "disk"; add it to [vars], or write $\${ for a \${ that stays
    mine/child/build.toml:8:11: job 2 (run): retries: 9 is too large, because it must be at most 3; write a smaller number
    mine/child/build.toml:9:1: job 2 (run): there is no option "monut" here (did you mean "mount"?); use one of: command, mount, network, retries, privileged"
  `);
});

test('a parent that is no build file at all', async () => {
  await write('mine/base', 'base', 'vars = \n');
  expect((await complaints('extends = "base"\n')).replaceAll(folder, '')).toMatchInlineSnapshot(
    `"mine/child/build.toml:5:11: extends: the repository "mine" has no build "base"; use one of: child, or mend what has no name that can be read: /mine/base/build.toml"`,
  );
});

test('without a library no other build can be named', async () => {
  const path = await write('mine/alone', 'alone', 'extends = "base"\n');
  const result = await readBuildFile(path, { vars: new Map(), environment: {}, jobs: sampleJobs });
  expect(result.ok ? '' : formatMistakes(result.mistakes, folder)).toMatchInlineSnapshot(
    `"mine/alone/build.toml:5:11: extends: there are no other builds to look among; register the folder with \`vmb import\`"`,
  );
});
