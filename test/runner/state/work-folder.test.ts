// Work folders: owned, kept, left behind and swept, with several processes at once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { thisProcess } from '../../../runner/state/owner.ts';
import { sweepWorkFolders } from '../../../runner/state/sweep.ts';
import { listWorkFolders, openWorkFolder } from '../../../runner/state/work-folder.ts';
import type { AdapterDefinition } from '../../../vmm-adapters/lib/adapter.ts';

let state: string;
let swept: string[];

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'vmb-work-'));
  swept = [];
});

afterEach(async () => {
  await rm(state, { recursive: true });
});

const scripted: AdapterDefinition = {
  name: 'scripted',
  summary: 'Remembers what it swept',
  preference: undefined,
  shortcomings: '',
  options: {},
  sweep: async (folder) => {
    // The machine's files must still be there while it is ended.
    swept.push(`${basename(folder)} with ${(await readdir(folder)).join(', ')}`);
  },
  open: () => {
    throw new Error('not opened in this test');
  },
};

const findAdapter = async (name: string) => (name === scripted.name ? scripted : undefined);

/** A work folder as a process that is no more leaves it. */
async function leaveBehind(name: string, marker: object = {}): Promise<string> {
  const folder = join(state, 'work', name);
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'owner.json'),
    JSON.stringify({ ...thisProcess(), startTicks: '1', kept: false, ...marker }),
  );
  return folder;
}

test('a work folder has a marker from the beginning, and is private', async () => {
  const work = await openWorkFolder(state);
  expect(basename(work.path)).toMatch(new RegExp(`^${process.pid}-[0-9a-f]{8}$`));
  expect(JSON.parse(await readFile(join(work.path, 'owner.json'), 'utf8'))).toEqual({ ...thisProcess(), kept: false });
  expect(await listWorkFolders(state)).toEqual([{ path: work.path, status: 'running' }]);
  expect(await work.forAdapter('scripted')).toBe(join(work.path, 'scripted'));
  await work.remove();
  expect(await listWorkFolders(state)).toEqual([]);
});

test('a sweep ends the machines and removes the files of processes that are gone, and nothing else', async () => {
  const running = await openWorkFolder(state);
  const kept = await leaveBehind('1-kept', { kept: true });
  const elsewhere = await leaveBehind('1-elsewhere', { host: 'another' });
  const gone = await leaveBehind('1-gone');
  await mkdir(join(gone, 'scripted', 'machine'), { recursive: true });
  await mkdir(join(gone, 'removed-adapter'));
  const unmarked = join(state, 'work', '.4194305-00000000');
  await mkdir(unmarked);
  const beingMade = join(state, 'work', `.${process.pid}-00000000`);
  await mkdir(beingMade);

  expect(await sweepWorkFolders(state, findAdapter)).toEqual([unmarked, gone]);
  expect(swept).toEqual(['scripted with machine']);
  expect(await listWorkFolders(state)).toEqual(
    [
      { path: beingMade, status: 'running' },
      { path: elsewhere, status: 'elsewhere' },
      { path: kept, status: 'kept' },
      { path: running.path, status: 'running' },
    ].sort((a, b) => (a.path < b.path ? -1 : 1)),
  );
});

test('a folder that is kept outlives its process', async () => {
  const work = await openWorkFolder(state);
  await work.keep();
  await work.remove();
  expect(await listWorkFolders(state)).toEqual([{ path: work.path, status: 'kept' }]);
});

test('several sweeps at once do not disturb each other', async () => {
  for (const number of [1, 2, 3]) {
    const folder = await leaveBehind(`1-${number}`);
    await Promise.all(Array.from({ length: 50 }, (_, index) => writeFile(join(folder, `disk-${index}`), 'x')));
  }
  await Promise.all([1, 2, 3, 4].map(() => sweepWorkFolders(state, findAdapter)));
  expect(await readdir(join(state, 'work'))).toEqual([]);
});

test('a damaged marker counts as left behind', async () => {
  const folder = await leaveBehind('1-damaged');
  await writeFile(join(folder, 'owner.json'), '{"pid":');
  expect(await sweepWorkFolders(state, findAdapter)).toEqual([folder]);
  expect(existsSync(folder)).toBe(false);
});

test('a process that is killed leaves a folder that the next sweep removes', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const folder = await leaveBehind(`${child.pid}-0`, { pid: child.pid, startTicks });
  expect(await listWorkFolders(state)).toEqual([{ path: folder, status: 'running' }]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await listWorkFolders(state)).toEqual([{ path: folder, status: 'left-behind' }]);
});
