// Runs command lines in this process, with everything that they print caught and a state folder of their own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../../runner/command-line/command.ts';
import { runCommandLine } from '../../../runner/command-line/command-line.ts';
import type { Registry } from '../../../runner/registry.ts';
import { foldersOf } from '../../../runner/state/folders.ts';
import { sampleJobs } from '../build-file/sample-jobs.ts';
import { scriptedAdapter } from './scripted-adapter.ts';

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Bench {
  /** A new folder: the current folder, the home of all state, and the bundled repository lie in it. */
  readonly folder: string;
  readonly context: Context;
  vmb(...argv: string[]): Promise<Outcome>;
  /** The same with another context, for signals and registries. */
  vmbIn(changed: Partial<Context>, ...argv: string[]): Promise<Outcome>;
  remove(): Promise<void>;
}

const sampleRegistry: Registry = {
  ...sampleJobs,
  adapterNames: async () => ['scripted'],
  findAdapter: async (name) => (name === 'scripted' ? scriptedAdapter : undefined),
};

export async function makeBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'vmb-bench-'));
  const context: Context = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: {},
    folders: foldersOf({ VMB_HOME: join(folder, 'home') }, folder, folder),
    cwd: folder,
    signal: new AbortController().signal,
    nothingToUndo: (work) => work(),
    registry: sampleRegistry,
    imagesFolder: join(folder, 'images'),
    version: '1.2.3',
    program: ['vmb'],
  };
  const vmbIn: Bench['vmbIn'] = async (changed, ...argv) => {
    const written = { stdout: '', stderr: '' };
    const into = (stream: keyof typeof written) => ({
      write: (text: string | Uint8Array) => {
        written[stream] += typeof text === 'string' ? text : Buffer.from(text).toString();
      },
    });
    const exitCode = await runCommandLine(argv, {
      ...context,
      stdout: into('stdout'),
      stderr: into('stderr'),
      ...changed,
    });
    const shown = (text: string) => text.replaceAll(folder, '/bench');
    return { exitCode, stdout: shown(written.stdout), stderr: shown(written.stderr) };
  };
  return {
    folder,
    context,
    vmbIn,
    vmb: (...argv) => vmbIn({}, ...argv),
    remove: () => rm(folder, { recursive: true }),
  };
}
