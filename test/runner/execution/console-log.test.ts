// What a session's log holds, and that it has an end.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openConsoleLog } from '../../../runner/execution/console-log.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a log without end is cut', async () => {
  const log = openConsoleLog(join(folder, 'logs/a.log'), 30);
  log.write({ type: 'step-started', number: 1 });
  for (let time = 0; time < 1000; time++) log.write({ type: 'output', number: 1, bytes: Buffer.from('y\n'.repeat(5)) });
  log.write({ type: 'kernel', line: 'more' });
  log.close();
  expect(await readFile(log.path, 'utf8')).toBe(
    `--- step 1\n${'y\n'.repeat(10)}\n--- the rest is not written down: the log would become too large\n`,
  );
});
