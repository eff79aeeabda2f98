// Turns what a JSON Schema finds wrong with a value into sentences for the person who wrote it.
import type { SchemaIssue, TSchema } from '../../jobs/lib/schema.ts';
import { quoted } from '../printable.ts';
import { didYouMean, nearestName } from './did-you-mean.ts';
import { keywordSentences, otherSentence, type Sentence } from './keyword-sentences.ts';
import { type SchemaNode, schemaAt } from './schema-node.ts';

/** What is wrong, where, and what to do. `target` says whether the key itself or its value is to be pointed at. */
export interface Finding {
  readonly path: readonly (string | number)[];
  readonly target: 'key' | 'value';
  readonly what: string;
  readonly remedy: string;
}

/** Nobody reads more at once, and comparing them with each other takes time that grows with the square of their number. */
const mostIssues = 500;

/** One finding for each thing that is wrong: a union's branches become one, and so does a misspelled key that is missing. */
export function findingsOf(all: readonly SchemaIssue[], schema: TSchema, value: unknown): Finding[] {
  const issues = all.slice(0, mostIssues);
  const composed = issues.filter(({ error }) => ['anyOf', 'oneOf', 'propertyNames'].includes(error.keyword));
  return issues
    .filter(({ error }) => !composed.some((whole) => error.schemaPath.startsWith(`${whole.error.schemaPath}/`)))
    .filter((issue) => !isMisspelled(issue, issues) && !isToldByConstants(issue, issues))
    .map((issue) => findingOf(issue, schema, valueAt(value, issue.path)));
}

/** Whether the key that is missing stands beside its place in another spelling, which has a finding of its own. */
function isMisspelled(missing: SchemaIssue, issues: readonly SchemaIssue[]): boolean {
  if (missing.error.keyword !== 'required') return false;
  const wanted = keyIn(missing.error.params, undefined);
  return issues.some(({ error }) => {
    const key = error.keyword === 'additionalProperties' ? keyIn(error.params, undefined) : undefined;
    if (key === undefined || wanted === undefined || error.instancePath !== missing.error.instancePath) return false;
    return nearestName(key, [wanted]) !== undefined;
  });
}

/** A list of what is possible says more than the type that all of it has. */
function isToldByConstants({ error }: SchemaIssue, issues: readonly SchemaIssue[]): boolean {
  if (error.keyword !== 'type') return false;
  return issues.some(
    (other) => ['enum', 'const'].includes(other.error.keyword) && other.error.instancePath === error.instancePath,
  );
}

function findingOf(issue: SchemaIssue, schema: TSchema, value: unknown): Finding {
  const { error, path } = issue;
  const around = schemaAt(schema, error.schemaPath.replace(/\/[^/]*$/, ''));
  const key = keyIn(error.params, error.propertyName);
  if (error.keyword === 'additionalProperties' && key !== undefined) {
    const [what, remedy] = unknownKey(key, around);
    return { path: [...path, key], target: 'key', what, remedy };
  }
  if (error.keyword === 'required' && key !== undefined) {
    const [what, remedy] = missingKey(key, schemaAt(around, `#/properties/${key}`));
    return { path, target: 'value', what, remedy };
  }
  const breach = { value, shown: quoted(value), key: String(path.at(-1) ?? ''), schema: around, params: error.params };
  const [what, remedy] =
    keywordSentences.get(error.keyword)?.(breach) ?? otherSentence(breach, error.message ?? 'is not allowed');
  return { path, target: 'value', what, remedy };
}

function keyIn(params: Readonly<Record<string, unknown>>, propertyName: string | undefined): string | undefined {
  const key = params['additionalProperty'] ?? params['missingProperty'] ?? propertyName;
  return typeof key === 'string' ? key : undefined;
}

function unknownKey(key: string, around: SchemaNode): Sentence {
  const patterns = Object.keys(around.patternProperties ?? {});
  if (patterns.length > 0) {
    const meaning = around.description === undefined ? '' : ` (${around.description})`;
    return [`${quoted(key)} cannot be a key here, because keys fit ${patterns.join(' or ')}${meaning}`, 'rename it'];
  }
  const known = Object.keys(around.properties ?? {});
  const choice = known.length === 0 ? 'remove it' : `use one of: ${known.join(', ')}`;
  return [`there is no option ${quoted(key)} here${didYouMean(key, known)}`, choice];
}

function missingKey(key: string, wanted: SchemaNode): Sentence {
  const meaning = wanted.description === undefined ? '' : ` (${wanted.description})`;
  const example = wanted.examples?.[0];
  return [
    `the option ${quoted(key)} is missing${meaning}`,
    example === undefined ? 'add it' : `add it, for example: ${key} = ${quoted(example)}`,
  ];
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = new Map<string, unknown>(Object.entries(current)).get(String(part));
  }
  return current;
}
