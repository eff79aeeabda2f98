// What git says of a folder, and that nothing which the folder brings along is run for it.
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workingCopyOf } from '../../../runner/state/working-copy.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';

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
  expect(await workingCopyOf(folder, localCommands)).toBeUndefined();
  await git('init', '-q');
  expect(await workingCopyOf(folder, localCommands)).toBeUndefined();
});

test('the commit, and whether files in the folder differ from it', async () => {
  await git('init', '-q');
  await mkdir(join(folder, 'builds'));
  await writeFile(join(folder, 'builds/a'), 'a');
  const made = await commit();
  const builds = join(folder, 'builds');
  expect(await workingCopyOf(folder, localCommands)).toEqual({ commit: made, dirty: false });
  await writeFile(join(folder, 'beside'), 'b');
  expect(await workingCopyOf(builds, localCommands)).toEqual({ commit: made, dirty: false });
  expect(await workingCopyOf(folder, localCommands)).toEqual({ commit: made, dirty: true });
  await appendFile(join(folder, 'builds/a'), 'a');
  expect(await workingCopyOf(builds, localCommands)).toEqual({ commit: made, dirty: true });
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
  expect(await workingCopyOf(folder, localCommands)).toMatchObject({ dirty: true });
  expect(existsSync(ran)).toBe(false);
  // What it would have been without.
  await git('status', '--porcelain');
  expect(existsSync(ran)).toBe(true);
});
