// What git says of a folder, and that nothing which the folder brings along is run for it.
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workingCopyOf } from '../../../runner/state/working-copy.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';

const never = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-git-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function git(...args: string[]): Promise<string> {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'init.defaultBranch=main'];
  return (await localCommands.run('git', [...who, '-C', folder, ...args])).stdout.trim();
}

async function commit(): Promise<string> {
  await git('add', '.');
  await git('commit', '-q', '-m', 'test');
  return git('rev-parse', 'HEAD');
}

test('a folder of no working copy, and one without a commit', async () => {
  expect(await workingCopyOf(folder, process.env, localCommands, never)).toBeUndefined();
  await git('init', '-q');
  expect(await workingCopyOf(folder, process.env, localCommands, never)).toBeUndefined();
});

test('the commit, and whether files in the folder differ from it', async () => {
  await git('init', '-q');
  await mkdir(join(folder, 'builds'));
  await writeFile(join(folder, 'builds/a'), 'a');
  const made = await commit();
  const builds = join(folder, 'builds');
  expect(await workingCopyOf(folder, process.env, localCommands, never)).toEqual({ commit: made, dirty: false });
  await writeFile(join(folder, 'beside'), 'b');
  expect(await workingCopyOf(builds, process.env, localCommands, never)).toEqual({ commit: made, dirty: false });
  expect(await workingCopyOf(folder, process.env, localCommands, never)).toEqual({ commit: made, dirty: true });
  await appendFile(join(folder, 'builds/a'), 'a');
  expect(await workingCopyOf(builds, process.env, localCommands, never)).toEqual({ commit: made, dirty: true });
});

test('no program of the working copy’s own configuration runs', async () => {
  await git('init', '-q');
  await writeFile(join(folder, 'a'), 'a');
  await commit();
  const ran = join(folder, '.git/ran');
  const program = join(folder, '.git/program');
  await writeFile(program, `#!/bin/sh\ntouch '${ran}'\ncat\n`);
  await chmod(program, 0o755);
  await mkdir(join(folder, '.git/hooks'), { recursive: true });
  await writeFile(join(folder, '.git/hooks/post-index-change'), `#!/bin/sh\ntouch '${ran}'\n`, { mode: 0o755 });
  await git('config', 'core.fsmonitor', program);
  await git('config', 'filter.a.b.clean', program);
  await git('config', 'filter.a.b.required', 'true');
  await writeFile(join(folder, '.git/info/attributes'), '* filter=a.b\n');
  await writeFile(join(folder, 'a'), 'b');
  expect(await workingCopyOf(folder, process.env, localCommands, never)).toMatchObject({ dirty: true });
  expect(existsSync(ran)).toBe(false);
  // What it would have been without.
  await git('status', '--porcelain');
  expect(existsSync(ran)).toBe(true);
});

/** A filter that leaves a trace, for files that differ in their times only. */
async function filtered(driver: string): Promise<string> {
  await git('init', '-q');
  await writeFile(join(folder, 'a'), 'a');
  await commit();
  const ran = join(folder, '.git/ran');
  await appendFile(join(folder, '.git/config'), `[filter "${driver}"]\n\tclean = touch '${ran}'; cat\n`);
  await writeFile(join(folder, '.git/info/attributes'), `* filter=${driver}\n`);
  await utimes(join(folder, 'a'), 1, 1);
  return ran;
}

test.each([
  ['a=b', { dirty: true }],
  ['', { dirty: false }],
])('no filter that is called %j runs', async (driver, told) => {
  const ran = await filtered(driver);
  expect(await workingCopyOf(folder, process.env, localCommands, never)).toMatchObject(told);
  expect(existsSync(ran)).toBe(false);
  await git('status', '--porcelain');
  expect(existsSync(ran)).toBe(true);
});

test('nothing is fetched for what is missing, whatever the working copy allows', async () => {
  await git('init', '-q');
  await writeFile(join(folder, 'a'), 'a');
  await commit();
  const ran = join(folder, '.git/ran');
  await git('config', 'core.repositoryFormatVersion', '1');
  await git('config', 'extensions.partialClone', 'origin');
  await git('config', 'remote.origin.promisor', 'true');
  await git('config', 'remote.origin.url', `ext::sh -c touch% ${ran}`);
  await git('config', 'protocol.ext.allow', 'always');
  for (const name of await readdir(join(folder, '.git/objects'))) {
    if (name.length === 2) await rm(join(folder, '.git/objects', name), { recursive: true });
  }
  expect(await workingCopyOf(folder, process.env, localCommands, never)).toBeUndefined();
  expect(existsSync(ran)).toBe(false);
  await expect(git('rev-parse', '--verify', 'HEAD^{commit}')).rejects.toThrow();
  expect(existsSync(ran)).toBe(true);
});

test('a repository that lies among the files of another one is none', async () => {
  const inner = join(folder, 'inner');
  await mkdir(inner);
  await git('init', '-q', '--bare', 'inner');
  await git('-C', inner, 'config', 'core.bare', 'false');
  await git('-C', inner, 'config', 'core.worktree', '.');
  await writeFile(join(inner, 'a'), 'a');
  await git('-C', inner, '--work-tree=.', 'add', 'a');
  await git('-C', inner, '--work-tree=.', 'commit', '-q', '-m', 'test');
  expect(await workingCopyOf(inner, process.env, localCommands, never)).toBeUndefined();
});

test('git that waits without an end hears an interruption', async () => {
  await git('init', '-q');
  await writeFile(join(folder, 'x'), '');
  await commit();
  await localCommands.run('mkfifo', [join(folder, '.gitignore')]);
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('interrupted')), 100);
  await expect(workingCopyOf(folder, process.env, localCommands, controller.signal)).rejects.toThrow('interrupted');
});
