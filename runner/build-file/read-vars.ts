// The variables of a build file, and their replacement in the options of jobs.
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import type { Mistake, Position, Variant } from './build-file.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import { replacedLength, replaceVariables, type VariableProblem } from './variables.ts';

type Path = readonly (string | number)[];

export interface VarsRead {
  readonly vars: ReadonlyMap<string, string>;
  /** Where each stands; those of the command line where they were. */
  readonly places: ReadonlyMap<string, Position>;
}

/**
 * Variables in the order of the file, then those of the variant; with those of the command line in place.
 * @throws RunnerError `usage` for a variable on the command line that the file does not have, or that the matrix sets
 */
export function readVars(
  table: unknown,
  variant: Variant | undefined,
  given: ReadonlyMap<string, string>,
  findings: Findings,
): VarsRead {
  const vars = new Map<string, string>();
  const places = new Map<string, Position>();
  const entries = typeof table === 'object' && table !== null ? Object.entries(table) : [];
  for (const [name, value] of entries) {
    if (typeof value !== 'string') continue;
    const { text, problems } = replaceVariables(value, new Map());
    if (problems.length > 0) {
      findings.add({
        path: ['vars', name],
        target: 'value',
        what: 'variables are not replaced in the values of variables',
        remedy: 'write the text itself here, or $${ for a ${ that stays',
      });
    }
    vars.set(name, text);
    places.set(name, findings.position(['vars', name], 'key'));
  }
  for (const [name, { value, position }] of variant?.vars ?? []) {
    vars.set(name, value);
    places.set(name, position);
  }
  for (const [name, value] of given) {
    if (!vars.has(name)) throw unknownVariable(name, [...vars.keys()]);
    if (variant?.vars.has(name) === true) throw variableOfMatrix(name);
    vars.set(name, value);
  }
  return { vars, places };
}

function variableOfMatrix(name: string): RunnerError {
  return new RunnerError('usage', `--var ${name}=…: the matrix sets this variable; choose with --only ${name}=….`);
}

function unknownVariable(name: string, known: readonly string[]): RunnerError {
  const choice = known.length === 0 ? 'it has none' : `it has: ${known.join(', ')}`;
  return new RunnerError(
    'usage',
    `--var ${name}=…: the build file has no variable ${quoted(name)}${didYouMean(name, known)}; ${choice}.`,
  );
}

/** How long all texts of options would be together. */
export function lengthOfOptions(value: unknown, vars: ReadonlyMap<string, string>): number {
  if (typeof value === 'string') return replacedLength(value, vars);
  if (typeof value !== 'object' || value === null || value instanceof Date) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + lengthOfOptions(item, vars), 0);
}

/** A copy of a job's options with variables replaced in every text. `report` tells the places where that failed. */
export function replaceInOptions(
  value: unknown,
  path: Path,
  vars: ReadonlyMap<string, string>,
  report: (path: Path, problem: VariableProblem) => void,
  usedVars: Set<string>,
): unknown {
  if (typeof value === 'string') {
    const { text, problems, used } = replaceVariables(value, vars);
    for (const problem of problems) report(path, problem);
    for (const name of used) usedVars.add(name);
    return text;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => replaceInOptions(item, [...path, index], vars, report, usedVars));
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const replaced = Object.entries(value).map(([key, item]) => [
    key,
    replaceInOptions(item, [...path, key], vars, report, usedVars),
  ]);
  // Keys stay keys, `__proto__` too: fromEntries defines properties, it does not assign them.
  return Object.fromEntries(replaced);
}

/** Whether a mistake is a variable that is not there: no second mistake where the matrix is the first. */
export function isMissingVariable({ what }: Pick<Mistake, 'what'>): boolean {
  return what.startsWith(missingVariable);
}

const missingVariable = 'there is no variable ';

export function describeProblem(
  problem: VariableProblem,
  vars: ReadonlyMap<string, string>,
): { what: string; remedy: string } {
  if (problem.kind === 'malformed') {
    return {
      what: `${quoted(problem.text)} is not a variable, because names are made of letters, digits, "_" and "-"`,
      remedy: 'correct the name, or write $${ for a ${ that stays',
    };
  }
  const names = [...vars.keys()];
  return {
    what: `${missingVariable}${quoted(problem.name)}${didYouMean(problem.name, names)}`,
    remedy: 'add it to [vars], or write $${ for a ${ that stays',
  };
}
