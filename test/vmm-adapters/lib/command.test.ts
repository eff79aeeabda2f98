// Running and starting programs, with programs that every system has.

import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';

test('run: output, input, lines and allowed exit codes', async () => {
  const lines: string[] = [];
  const result = await localCommands.run('sh', ['-c', 'cat; echo two >&2; exit 3'], {
    input: 'one\n',
    okExitCodes: [3],
    onLine: (line) => lines.push(line),
  });
  expect(result).toEqual({ exitCode: 3, stdout: 'one', stderr: 'two' });
  expect(lines.sort()).toEqual(['one', 'two']);
});

test('run: a failure names the command, the exit code and the last words', async () => {
  await expect(localCommands.run('sh', ['-c', 'echo broken >&2; exit 4'])).rejects.toThrow(
    'sh -c echo broken >&2; exit 4: ended with exit code 4.\nbroken',
  );
});

test('run: nothing of the caller’s environment is added to a given one', async () => {
  const { stdout } = await localCommands.run('/usr/bin/env', [], { env: { ONLY: 'this' } });
  expect(stdout).toBe('ONLY=this');
});

test('run and start: a missing program', async () => {
  const message = 'no-such-program: this program is not installed here, or may not be run.';
  await expect(localCommands.run('no-such-program', [])).rejects.toThrow(message);
  await expect(localCommands.start('no-such-program', [])).rejects.toThrow(message);
});

test('start: what is written before anybody reads, and before the end, is not lost', async () => {
  const program = await localCommands.start('sh', ['-c', 'seq 1 10000; echo last words >&2; exit 7']);
  await setTimeout(100);
  const output = text(program.stdout);
  expect(await program.exited).toEqual({ exitCode: 7, signal: undefined, stderr: 'last words\n' });
  expect((await output).trimEnd().split('\n')).toHaveLength(10_000);
});

test('start: the exit does not wait for a reader', async () => {
  const program = await localCommands.start('echo', ['unread']);
  expect(await program.exited).toMatchObject({ exitCode: 0 });
});

test('start: of endless complaints the end is kept', async () => {
  const program = await localCommands.start('sh', ['-c', 'seq 1 50000 >&2']);
  const { stderr } = await program.exited;
  expect(stderr).toHaveLength(64 * 1024);
  expect(stderr.endsWith('50000\n')).toBe(true);
});

test('start: kill and abort end it at once, though it ignores SIGTERM', async () => {
  const stubborn = ['-c', 'trap "" TERM; sleep 3 & wait'];
  const killed = await localCommands.start('sh', stubborn);
  killed.kill();
  expect(await killed.exited).toMatchObject({ exitCode: undefined, signal: 'SIGKILL' });
  killed.kill();

  const abort = new AbortController();
  const aborted = await localCommands.start('sleep', ['60'], { signal: abort.signal });
  abort.abort();
  expect(await aborted.exited).toMatchObject({ signal: 'SIGKILL' });
  await expect(localCommands.start('sleep', ['60'], { signal: abort.signal })).rejects.toThrow('aborted');
});
