// Whether a process is still there: every way in which a number alone would deceive.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { parseOwner, statusOf, thisProcess } from '../../../runner/state/owner.ts';

const here = thisProcess();

test('this process is alive, read back from JSON too', async () => {
  expect(here.startTicks).toMatch(/^\d+$/);
  const owner = parseOwner(JSON.parse(JSON.stringify(here)));
  expect(owner).toEqual(here);
  expect(await statusOf(owner ?? { ...here, pid: 1 })).toBe('alive');
});

test('a process that ended is gone', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await statusOf({ ...here, pid })).toBe('gone');
});

test.each([
  ['another process has the number now', { startTicks: '1' }, 'gone'],
  ['the machine was started anew', { bootId: 'another' }, 'gone'],
  ['another container', { pidNamespace: 'pid:[1]' }, 'elsewhere'],
  ['another machine with the same home', { host: 'another', bootId: 'another' }, 'elsewhere'],
])('%s', async (_, change, status) => {
  expect(await statusOf({ ...here, ...change })).toBe(status);
});

test.each([undefined, null, 1, {}, { ...here, pid: 0 }, { ...here, pid: '1' }, { ...here, host: 1 }])(
  '%j is no owner',
  (value) => {
    expect(parseOwner(value)).toBeUndefined();
  },
);
