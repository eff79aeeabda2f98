// Reads a build file, merged and for one variant: everything checked that can be without knowing the disks, and every mistake at once.
import { dirname } from 'node:path';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import { checker } from '../../jobs/lib/schema.ts';
import { mebibyte, parseSize, sizeText } from '../../jobs/lib/size.ts';
import { quoted } from '../printable.ts';
import type { Environment } from '../state/folders.ts';
import type { BuildFile, Mistake, Position, Variant } from './build-file.ts';
import { type BuildFileText, buildFileSchema } from './build-file-schema.ts';
import { epochOf } from './epoch.ts';
import { type Findings, makeFindings } from './findings.ts';
import { findingsOf } from './issue-sentence.ts';
import type { Library } from './library.ts';
import { sortedMistakes } from './mistakes.ts';
import { type JobCatalogue, readJobs } from './read-jobs.ts';
import { readSource } from './read-source.ts';
import { lengthOfOptions, readVars } from './read-vars.ts';
import type { Table } from './toml.ts';
import type { WrittenFile } from './written-file.ts';

export interface ReadOptions {
  /** Variables of the command line. */
  readonly vars: ReadonlyMap<string, string>;
  /** For SOURCE_DATE_EPOCH. */
  readonly environment: Environment;
  readonly jobs: JobCatalogue;
  /** Name of the repository that the file belongs to, and where the builds are that it may name; without them it may name none. */
  readonly repository?: string;
  readonly library?: Library;
}

export type BuildFileRead =
  | { readonly ok: true; readonly buildFile: BuildFile }
  | {
      readonly ok: false;
      readonly mistakes: readonly Mistake[];
      /** What of it is right, so that planning can find its mistakes, too; undefined when the file is not TOML. */
      readonly rest: ReadableRest | undefined;
    };

export interface ReadableRest {
  /** With the jobs that are right, and stand-ins for what is not. */
  readonly buildFile: BuildFile;
  /** What the other jobs may be about. */
  readonly doubtful: { readonly disks: Iterable<string>; readonly artifacts: Iterable<string> };
}

// Less memory than this does not hold the build-VM's own programs; less of a disk holds no filesystem.
const smallestBytes = { memory: 128 * mebibyte, scratch: mebibyte };

/** The file itself has at most a quarter of that; only variables that stand in each other's place a thousand times make more. */
const mostCharacters = 4 * mebibyte;

const checkTop = checker(buildFileSchema);

/** @throws RunnerError `usage` for a variable of the command line that the file does not have */
export async function readVariant(
  { file, table, places, parents = [] }: WrittenFile,
  variant: Variant | undefined,
  options: ReadOptions,
): Promise<BuildFileRead> {
  const findings = makeFindings(places);
  const top = readTop(table, findings);
  const epoch = readEpoch(table, options.environment, findings);
  const machine = top === undefined ? undefined : readMachine(top, findings);
  const read = readVars(table['vars'], variant, options.vars, findings);
  if (lengthOfOptions([table['job'], table['source']], read.vars) > mostCharacters) {
    const what = `the texts of this file have more than ${mostCharacters} characters once variables are replaced`;
    findings.add({ path: ['vars'], target: 'value', what, remedy: 'keep data in files of their own and copy them in' });
    return { ok: false, mistakes: sortedMistakes(findings.mistakes), rest: undefined };
  }
  const { jobs, doubtful, usedVars } = await readJobs(table['job'], read.vars, options.jobs, findings);
  const source = readSource(table['source'], read.vars, findings, usedVars);
  const { name, version, arch, summary } = top ?? standIns;
  const isOwn = ([name]: [string, Position]) =>
    findings.position([variant?.vars.has(name) === true ? 'matrix' : 'vars', name]).file === file;
  const buildFile: BuildFile = {
    path: file,
    folder: dirname(file),
    parents,
    name,
    version,
    arch,
    summary,
    epoch: epoch ?? standIns.epoch,
    machine: machine ?? standIns.machine,
    ...(variant === undefined ? {} : { variant }),
    vars: read.vars,
    usedVars,
    ownVars: new Map([...read.places].filter(isOwn)),
    ...(source === undefined ? {} : { source }),
    jobs,
  };
  if (findings.mistakes.length === 0) return { ok: true, buildFile };
  return { ok: false, mistakes: sortedMistakes(findings.mistakes), rest: { buildFile, doubtful } };
}

const standIns: Pick<BuildFile, 'name' | 'version' | 'arch' | 'summary' | 'epoch' | 'machine'> = {
  name: 'unknown',
  version: '0',
  arch: 'x86_64',
  summary: '',
  epoch: { seconds: 0, origin: 'default' },
  machine: { memoryBytes: 0, cpus: 1, scratchBytes: undefined },
};

function readTop(table: Table, findings: Findings): BuildFileText | undefined {
  const checked = checkTop(table);
  if (checked.ok) return checked.value;
  for (const finding of findingsOf(checked.issues, buildFileSchema, table)) findings.add(finding);
  return undefined;
}

function readEpoch(table: Table, environment: Environment, findings: Findings): BuildFile['epoch'] | undefined {
  const read = epochOf(table['epoch'], environment['SOURCE_DATE_EPOCH']);
  if (read.ok) return read.epoch;
  findings.add({ path: ['epoch'], target: 'value', what: read.what, remedy: read.remedy });
  return undefined;
}

function readMachine(top: BuildFileText, findings: Findings): BuildFile['machine'] | undefined {
  const size = (key: 'memory' | 'scratch', text: string): number | undefined => {
    try {
      return sizeAtLeast(smallestBytes[key], text, ['machine', key]);
    } catch (error) {
      if (!(error instanceof JobMistake)) throw error;
      findings.add({ path: error.path, target: 'value', what: error.what, remedy: error.remedy });
      return undefined;
    }
  };
  const memoryBytes = size('memory', top.machine?.memory ?? '512MiB');
  const scratch = top.machine?.scratch;
  const scratchBytes = scratch === undefined ? undefined : size('scratch', scratch);
  if (memoryBytes === undefined) return undefined;
  return { memoryBytes, cpus: top.machine?.cpus ?? 1, scratchBytes };
}

function sizeAtLeast(smallest: number, text: string, path: readonly string[]): number {
  const bytes = parseSize(text, path);
  if (bytes >= smallest) return bytes;
  throw new JobMistake(path, `${quoted(text)} is too small`, `write at least "${sizeText(smallest)}"`);
}
