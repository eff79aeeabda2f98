// Ending exactly the process that was recorded.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localCommands, type RunningProgram } from '../../../vmm-adapters/lib/command.ts';
import { endRecorded, recordProcess } from '../../../vmm-adapters/lib/process-record.ts';

let folder: string;
let program: RunningProgram;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-record-'));
  program = await localCommands.start('sh', ['-c', 'read line', folder]);
});

afterEach(async () => {
  program.kill();
  await program.exited;
  await rm(folder, { recursive: true });
});

test('a recorded process is killed, and gone when the sweep is over', async () => {
  const path = recordProcess(folder, 'one', program.pid, folder);
  expect(path).toBe(join(folder, 'one.process.json'));
  expect(await endRecorded(folder)).toMatchObject([{ pid: program.pid, marker: folder }]);
  expect(() => process.kill(program.pid, 0)).toThrow('ESRCH');
  expect(await readdir(folder)).toEqual([]);
});

test('another process that got its number is left alone', async () => {
  recordProcess(folder, 'other-command', program.pid, 'something else');
  const forged = JSON.stringify({ pid: program.pid, startTime: '1', marker: folder });
  await writeFile(join(folder, 'other-start.process.json'), forged);
  expect(await endRecorded(folder)).toHaveLength(2);
  process.kill(program.pid, 0);
  program.stdin.write('\n');
  expect(await program.exited).toMatchObject({ exitCode: 0 });
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"pid":1,"startTime":"1","marker":"x"}',
  '{"pid":-1,"startTime":"1","marker":"x"}',
  '{"pid":"7"}',
])('a damaged record does nothing: %j', async (text) => {
  await writeFile(join(folder, 'x.process.json'), text);
  expect(await endRecorded(folder)).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

test('no folder, no processes', async () => {
  expect(await endRecorded(join(folder, 'nowhere'))).toEqual([]);
});
