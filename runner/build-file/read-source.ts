// Reads `[source]` with its variables replaced.
import { checker } from '../../jobs/lib/schema.ts';
import type { BuildFile } from './build-file.ts';
import { buildReference } from './build-reference.ts';
import type { Findings } from './findings.ts';
import { describeProblem, replaceInOptions } from './read-vars.ts';
import { sourceSchema } from './source-schema.ts';

const checkSource = checker(sourceSchema);

/** Undefined without one, and after a mistake, which is in `findings`: the schema of the whole file tells what else is wrong. */
export function readSource(
  table: unknown,
  vars: ReadonlyMap<string, string>,
  findings: Findings,
  usedVars: Set<string>,
): BuildFile['source'] {
  if (table === undefined) return undefined;
  const before = findings.mistakes.length;
  const replaced = replaceInOptions(
    table,
    ['source'],
    vars,
    (path, problem) => findings.add({ path, target: 'value', ...describeProblem(problem, vars) }),
    usedVars,
  );
  const checked = checkSource(replaced);
  if (findings.mistakes.length > before || !checked.ok) return undefined;
  const { name, version, arch, variant, artifact, disk, hash } = checked.value;
  const which = { ...(version === undefined ? {} : { version }), ...(arch === undefined ? {} : { arch }) };
  return {
    reference: buildReference({ name, ...which }),
    variant,
    artifact,
    disk,
    hash: hash?.toLowerCase(),
    position: (path) => findings.position(['source', ...path]),
  };
}
