#!/usr/bin/env node
// The program `vmb`: connects the command line to the process, its streams and its signals.
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Context } from './command-line/command.ts';
import { reportFailure, runCommandLine } from './command-line/command-line.ts';
import { interruptedBy, interruptions } from './command-line/interruption.ts';
import { installation } from './installation.ts';
import { registry } from './registry.ts';
import { foldersOf } from './state/folders.ts';

const controller = new AbortController();

for (const signal of interruptions) {
  process.on(signal, () => {
    if (controller.signal.aborted)
      process.stderr.write('Still cleaning up: the VM is stopped and its files are removed.\n');
    controller.abort(interruptedBy(signal));
  });
}

// A reader that has seen enough, such as `head`, or a terminal that was closed, is no failure: the rest is said to nobody.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

const cwd = process.cwd();
const context: Context = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  folders: foldersOf(process.env, homedir(), cwd),
  cwd,
  signal: controller.signal,
  registry,
  ...installation(),
  program: [process.execPath, fileURLToPath(import.meta.url)],
};

// A bug outside of any command, such as in a timer. Aborting lets what runs end its VM; Node would leave it.
let escaped = false;
process.on('uncaughtException', (error) => {
  escaped = true;
  controller.abort(error);
  void reportFailure(error, { ...context, signal: new AbortController().signal });
});

const exitCode = await runCommandLine(process.argv.slice(2), context);
process.exitCode = escaped ? 70 : exitCode;
