#!/usr/bin/env node
// The program `vmb`: connects the command line to the process, its streams and its signals.
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Context } from './command-line/command.ts';
import { reportFailure, runCommandLine } from './command-line/command-line.ts';
import { interruptedBy, interruptions } from './command-line/interruption.ts';
import { checkedOutput } from './command-line/outputs.ts';
import { installation } from './installation.ts';
import { registry } from './registry.ts';
import { exitCodes, RunnerError } from './runner-error.ts';
import { foldersOf } from './state/folders.ts';

// Whatever the caller allows: nobody else writes to what vmb keeps.
process.umask(process.umask() | 0o022);

const controller = new AbortController();

const listeners = interruptions.map((signal) => {
  const listener = () => {
    if (controller.signal.aborted) stderr.write('Still cleaning up: the VM is stopped and its files are removed.\n');
    controller.abort(interruptedBy(signal));
  };
  return { signal, listener };
});
for (const { signal, listener } of listeners) process.on(signal, listener);

// Without listeners a signal does what it does to any program.
let unguarded = 0;
async function nothingToUndo<T>(work: () => Promise<T>): Promise<T> {
  unguarded += 1;
  if (unguarded === 1) for (const { signal, listener } of listeners) process.off(signal, listener);
  try {
    return await work();
  } finally {
    unguarded -= 1;
    if (unguarded === 0) for (const { signal, listener } of listeners) process.on(signal, listener);
  }
}

function outputLost({ code }: NodeJS.ErrnoException): RunnerError {
  const reason = code === 'ENOSPC' ? 'no room is left on its disk' : `it cannot be written (${code})`;
  return new RunnerError('host', `standard output: ${reason}, so that a part of it is lost; choose another place.`);
}

// Nobody would see what else a command does. What standard error loses can be said nowhere.
const stdout = checkedOutput(process.stdout, (error) => controller.abort(outputLost(error)));
const stderr = checkedOutput(process.stderr, () => undefined);

const cwd = process.cwd();
const context: Context = {
  stdin: process.stdin,
  stdout,
  stderr,
  environment: process.env,
  folders: foldersOf(process.env, homedir(), cwd),
  cwd,
  signal: controller.signal,
  nothingToUndo,
  registry,
  ...installation(),
  program: [process.execPath, fileURLToPath(import.meta.url)],
};

// A bug outside of any command, such as in a timer. Aborting lets what runs end its VM; Node would leave it. A second one would go
// round for ever.
let escaped = false;
process.on('uncaughtException', (error) => {
  if (escaped) process.exit(70);
  escaped = true;
  controller.abort(error);
  void reportFailure(error, { ...context, signal: new AbortController().signal });
});

let exitCode = await runCommandLine(process.argv.slice(2), context);
// What was thrown because of it has been said.
if (stdout.lost !== undefined && exitCode !== exitCodes.host)
  exitCode = await reportFailure(outputLost(stdout.lost), context);
if (stderr.lost !== undefined && exitCode === 0) exitCode = 1;
process.exitCode = escaped ? 70 : exitCode;
