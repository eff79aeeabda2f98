// The jobs of a build file: found by name, variables replaced, options checked by each job's own schema.
import type { Job } from '../../jobs/lib/job.ts';
import { quoted } from '../printable.ts';
import type { JobEntry } from './build-file.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { findingsOf } from './issue-sentence.ts';
import { describeProblem, replaceInOptions } from './read-vars.ts';
import type { Table } from './toml.ts';

/** Where jobs come from. */
export interface JobCatalogue {
  jobNames(): Promise<readonly string[]>;
  findJob(name: string): Promise<Job | undefined>;
}

/** Every entry that is without mistakes; the mistakes of the others are in `findings`. */
export async function readJobs(
  list: unknown,
  vars: ReadonlyMap<string, string>,
  catalogue: JobCatalogue,
  findings: Findings,
): Promise<JobEntry[]> {
  const entries: JobEntry[] = [];
  const firstWithId = new Map<string, number>();
  for (const [index, table] of (Array.isArray(list) ? list : []).entries()) {
    if (!isTable(table)) continue;
    const { use, id, ...options } = table;
    if (typeof use !== 'string') continue;
    if (typeof id === 'string') checkId(id, index, use, firstWithId, findings);
    const bound = await bind(index, use, options, vars, catalogue, findings);
    if (bound === undefined) continue;
    entries.push({
      number: index + 1,
      use,
      id: typeof id === 'string' ? id : undefined,
      bound,
      position: (path) => findings.position(['job', index, ...path]),
    });
  }
  return entries;
}

function checkId(id: string, index: number, use: string, firstWithId: Map<string, number>, findings: Findings): void {
  const first = firstWithId.get(id);
  if (first === undefined) firstWithId.set(id, index);
  else {
    const what = `job ${first + 1} has the id ${quoted(id)} already`;
    findings.add({ path: ['job', index, 'id'], target: 'value', what, remedy: 'choose another one' }, use);
  }
}

async function bind(
  index: number,
  use: string,
  options: unknown,
  vars: ReadonlyMap<string, string>,
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
  const broken = new Set<string>();
  const replaced = replaceInOptions(options, [], vars, (path, problem) => {
    broken.add(JSON.stringify(path));
    findings.add({ path: ['job', index, ...path], target: 'value', ...describeProblem(problem, vars) }, use);
  });
  const checked = job.bind(replaced);
  if (checked.ok) return checked.value;
  for (const finding of findingsOf(checked.issues, job.schema, replaced)) {
    // What a missing variable left behind is no second mistake.
    if (broken.has(JSON.stringify(finding.path))) continue;
    findings.add({ ...finding, path: ['job', index, ...finding.path] }, use);
  }
  return undefined;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
