// What is said, and which exit code it has, for everything that can be thrown.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { BorderError } from '../../../build-vm/border/border-error.ts';
import { BuildVmError } from '../../../build-vm/make/build-vm-error.ts';
import { failureOf } from '../../../runner/command-line/failure.ts';
import { interruptedBy } from '../../../runner/command-line/interruption.ts';
import { RunnerError, type RunnerErrorCode } from '../../../runner/runner-error.ts';
import { AdapterError } from '../../../vmm-adapters/lib/adapter-error.ts';

const calm = new AbortController().signal;

test.each([
  ['usage', 2],
  ['build-file', 2],
  ['step-failed', 1],
  ['comparison-failed', 3],
  ['no-vmm', 69],
  ['no-build-vm', 69],
  ['host', 1],
] satisfies [RunnerErrorCode, number][])('%s: exit code %i', (code, exitCode) => {
  expect(failureOf(new RunnerError(code, 'Said.'), calm)).toEqual({ code, text: 'Said.', exitCode });
});

test.each([
  [new AdapterError('program-missing', 'Said.'), 69],
  [new AdapterError('program-failed', 'Said.'), 1],
  [new BuildVmError('host-unsuited', 'Said.'), 69],
  [new BuildVmError('not-reproducible', 'Said.'), 3],
  [new BuildVmError('saved-file-wrong', 'Said.'), 1],
  [new BorderError('panic', 'Said.'), 1],
])('%s %s', (error, exitCode) => {
  expect(failureOf(error, calm)).toEqual({ code: error.code, text: 'Said.', exitCode });
});

test('whatever goes wrong after a signal is its consequence', () => {
  for (const [name, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    const controller = new AbortController();
    controller.abort(interruptedBy(name));
    for (const error of [controller.signal.reason, new DOMException('aborted', 'AbortError'), new Error('cut off')]) {
      const text = `Interrupted by ${name}; nothing is left running.`;
      expect(failureOf(error, controller.signal)).toEqual({ code: 'interrupted', text, exitCode });
    }
  }
});

test('what the system refuses is no bug', async () => {
  const error: unknown = await readFile('/missing').catch((reason) => reason);
  expect(failureOf(error, calm)).toEqual({
    code: 'host',
    text: '/missing: there is no such file or folder; correct the name.',
    exitCode: 1,
  });
});

test('everything else is a bug, with its stack', () => {
  const failure = failureOf(new Error('Internal error: impossible'), calm);
  expect(failure.exitCode).toBe(70);
  const [first, second, third, fourth] = failure.text.split('\n');
  expect([first, second, third]).toEqual([
    'Internal error: this is a bug in vmb, not in your build file.',
    'Please report it to whom you have vmb from, with the command line and these lines:',
    'Error: impossible',
  ]);
  expect(fourth).toMatch(/^ {4}at /);
  expect(failureOf('thrown', calm).text.split('\n').at(-1)).toBe('thrown');
});
