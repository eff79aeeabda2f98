// The jobs of a build file: found by name, variables replaced, options checked by each job's own schema.
import type { Job } from '../../jobs/lib/job.ts';
import { quoted } from '../printable.ts';
import type { JobEntry } from './build-file.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { findingsOf } from './issue-sentence.ts';
import { describeProblem, replaceInOptions } from './read-vars.ts';
import { isTable } from './toml.ts';
import type { VariableProblem } from './variables.ts';

/** Where jobs come from. */
export interface JobCatalogue {
  jobNames(): Promise<readonly string[]>;
  findJob(name: string): Promise<Job | undefined>;
}

export interface JobsRead {
  /** Those without mistakes. */
  readonly jobs: JobEntry[];
  /** Disks and artifacts that the others name: whatever comes before the first colon of a text, and what `as` says. */
  readonly doubtful: { readonly disks: Set<string>; readonly artifacts: Set<string> };
  /** The variables that stand in options. */
  readonly usedVars: Set<string>;
}

/** The mistakes of entries are in `findings`. */
export async function readJobs(
  list: unknown,
  vars: ReadonlyMap<string, string>,
  catalogue: JobCatalogue,
  findings: Findings,
): Promise<JobsRead> {
  const jobs: JobEntry[] = [];
  const doubtful = { disks: new Set<string>(), artifacts: new Set<string>() };
  const usedVars = new Set<string>();
  const firstWithId = new Map<string, number>();
  for (const [index, table] of (Array.isArray(list) ? list : []).entries()) {
    if (!isTable(table)) continue;
    const { use, id, ...options } = table;
    if (typeof id === 'string') checkId(id, index, use, firstWithId, findings);
    const replaced = replaceAll(index, use, options, vars, findings, usedVars);
    const bound = typeof use === 'string' ? await bind(index, use, replaced, catalogue, findings) : undefined;
    if (bound === undefined || typeof use !== 'string') {
      addDoubts(replaced.options, doubtful);
      continue;
    }
    jobs.push({
      number: index + 1,
      use,
      id: textOrNone(id),
      bound,
      position: (path) => findings.position(['job', index, ...path]),
    });
  }
  return { jobs, doubtful, usedVars };
}

/** Options with variables replaced, and the places (as JSON) where that failed. */
interface ReplacedOptions {
  readonly options: unknown;
  readonly broken: ReadonlySet<string>;
}

function replaceAll(
  index: number,
  use: unknown,
  options: unknown,
  vars: ReadonlyMap<string, string>,
  findings: Findings,
  usedVars: Set<string>,
): ReplacedOptions {
  const broken = new Set<string>();
  const report = (path: readonly (string | number)[], problem: VariableProblem) => {
    broken.add(JSON.stringify(path));
    findings.add(
      { path: ['job', index, ...path], target: 'value', ...describeProblem(problem, vars) },
      textOrNone(use),
    );
  };
  const replaced = replaceInOptions(options, [], vars, report, usedVars);
  return { options: replaced, broken };
}

function addDoubts(value: unknown, doubtful: JobsRead['doubtful'], key = ''): void {
  if (typeof value === 'string') {
    doubtful.disks.add(value.split(':')[0] ?? value);
    if (key === 'as') doubtful.artifacts.add(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) addDoubts(inner, doubtful, name);
  }
}

function checkId(id: string, index: number, use: unknown, firstWithId: Map<string, number>, findings: Findings): void {
  const first = firstWithId.get(id);
  if (first === undefined) firstWithId.set(id, index);
  else {
    const what = `job ${first + 1} has the id ${quoted(id)} already`;
    findings.add({ path: ['job', index, 'id'], target: 'value', what, remedy: 'choose another one' }, textOrNone(use));
  }
}

async function bind(
  index: number,
  use: string,
  { options, broken }: ReplacedOptions,
  catalogue: JobCatalogue,
  findings: Findings,
): Promise<JobEntry['bound'] | undefined> {
  const job = await catalogue.findJob(use);
  if (job === undefined) {
    const names = await catalogue.jobNames();
    const what = `there is no job ${quoted(use)}${didYouMean(use, names)}`;
    findings.add({ path: ['job', index, 'use'], target: 'value', what, remedy: `use one of: ${names.join(', ')}` });
    return undefined;
  }
  const checked = job.bind(options);
  if (checked.ok) return broken.size === 0 ? checked.value : undefined;
  for (const finding of findingsOf(checked.issues, job.schema, options)) {
    // What a missing variable left behind is no second mistake.
    if (broken.has(JSON.stringify(finding.path))) continue;
    findings.add({ ...finding, path: ['job', index, ...finding.path] }, use);
  }
  return undefined;
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
