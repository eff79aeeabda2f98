// Turns what a JSON Schema finds wrong with a value into sentences for the person who wrote it.
import type { SchemaIssue, TSchema } from '../../jobs/lib/schema.ts';
import { quoted } from '../printable.ts';
import { didYouMean, nearestName } from './did-you-mean.ts';
import { branchesAt, describeType, type SchemaNode, schemaAt, textOf } from './schema-node.ts';

/** What is wrong, where, and what to do. `target` says whether the key itself or its value is to be pointed at. */
export interface Finding {
  readonly path: readonly (string | number)[];
  readonly target: 'key' | 'value';
  readonly what: string;
  readonly remedy: string;
}

type Sentence = readonly [what: string, remedy: string];

/** One finding for each thing that is wrong: a union's branches become one, and so does a misspelled key that is missing. */
export function findingsOf(issues: readonly SchemaIssue[], schema: TSchema, value: unknown): Finding[] {
  const unions = issues.filter(({ error }) => error.keyword === 'anyOf' || error.keyword === 'oneOf');
  return issues
    .filter(({ error }) => !unions.some((union) => error.schemaPath.startsWith(`${union.error.schemaPath}/`)))
    .filter((issue) => !isMisspelled(issue, issues))
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
  const [what, remedy] = sentenceOf(error, around, value, String(path.at(-1) ?? ''));
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

function sentenceOf(error: SchemaIssue['error'], around: SchemaNode, value: unknown, key: string): Sentence {
  const { keyword } = error;
  const params: Readonly<Record<string, unknown>> = error.params;
  const shown = quoted(value);
  const limit = params['limit'];
  switch (keyword) {
    case 'type':
      return wrongType(value, around, key);
    case 'enum':
    case 'const':
      return notOneOf(value, around.enum ?? [around.const]);
    case 'anyOf':
    case 'oneOf':
      return noBranch(value, around);
    case 'pattern':
      return [`${shown} does not fit${asDescribed(around)}`, exampleRemedy(around)];
    case 'minLength':
      return [
        limit === 1 ? 'this text is empty' : `${shown} is too short, because at least ${limit} characters are needed`,
        'write more',
      ];
    case 'maxLength':
      return [`${shown} is too long, because at most ${limit} characters fit`, 'shorten it'];
    case 'minimum':
    case 'exclusiveMinimum':
      return [
        `${shown} is too small, because it must be ${keyword === 'minimum' ? 'at least' : 'more than'} ${limit}`,
        'write a larger number',
      ];
    case 'maximum':
    case 'exclusiveMaximum':
      return [
        `${shown} is too large, because it must be ${keyword === 'maximum' ? 'at most' : 'less than'} ${limit}`,
        'write a smaller number',
      ];
    case 'multipleOf':
      return [`${shown} is not a multiple of ${params['multipleOf']}`, 'write one that is'];
    case 'minItems':
      return [
        limit === 1 ? 'this list is empty' : `this list is too short, because it needs at least ${limit} items`,
        'add to it',
      ];
    case 'maxItems':
      return [`this list is too long, because it may have at most ${limit} items`, 'remove some'];
    case 'uniqueItems':
      return [
        `items ${Number(params['j']) + 1} and ${Number(params['i']) + 1} of this list are the same`,
        'remove one of them',
      ];
    case 'minProperties':
      return ['this table has too few keys', 'add to it'];
    case 'propertyNames':
      return [
        `${quoted(params['propertyName'])} cannot be a key here${asDescribed(schemaAt(around, '#/propertyNames'))}`,
        'rename it',
      ];
    default:
      return [`${shown} does not fit: it ${error.message}`, exampleRemedy(around)];
  }
}

function wrongType(value: unknown, around: SchemaNode, key: string): Sentence {
  const wanted = describeType(around);
  const isContainer = typeof value === 'object' && !(value instanceof Date);
  const what = `${isContainer ? 'this' : quoted(value)} is ${textOf(value)}, but it must be ${wanted}`;
  if (wanted === 'a text' && !isContainer) {
    return [what, around.examples === undefined ? `put it in quotes: "${quoted(value)}"` : exampleRemedy(around)];
  }
  if (wanted === 'a whole number' && typeof value === 'string' && /^-?\d+$/.test(value)) {
    return [what, `take the quotes off: ${value}`];
  }
  if (wanted === 'true or false' && (value === 'true' || value === 'false')) {
    return [what, `take the quotes off: ${value}`];
  }
  if (wanted === 'a list of tables' && textOf(value) === 'a table') {
    return [what, `begin it with [[${key}]]`];
  }
  if (wanted.startsWith('a list') && !isContainer) return [what, `write a list: [${quoted(value)}]`];
  return [what, `write ${wanted}`];
}

function notOneOf(value: unknown, allowed: readonly unknown[]): Sentence {
  const names = allowed.filter((one) => typeof one === 'string');
  const meant = typeof value === 'string' ? didYouMean(value, names) : '';
  return [
    `${quoted(value)} is not possible here${meant}`,
    `use ${allowed.length > 1 ? 'one of: ' : ''}${allowed.map(quoted).join(', ')}`,
  ];
}

/** A value that none of a union's branches takes: its constants are offered when there are no others. */
function noBranch(value: unknown, around: SchemaNode): Sentence {
  const branches = branchesAt(around);
  const constants = branches.flatMap((branch) => branch.enum ?? (branch.const === undefined ? [] : [branch.const]));
  const others = branches.filter((branch) => branch.enum === undefined && branch.const === undefined);
  if (others.length === 0) return notOneOf(value, constants);
  const choices = [...constants.map(quoted), ...others.map((branch) => branch.description ?? describeType(branch))];
  return [`${quoted(value)} is not possible here${asDescribed(around)}`, `write ${choices.join(', or ')}`];
}

function asDescribed(around: SchemaNode): string {
  return around.description === undefined ? '' : `, because this is: ${around.description}`;
}

function exampleRemedy(around: SchemaNode): string {
  const example = around.examples?.[0] ?? around.default;
  return example === undefined ? 'correct it' : `write it like ${quoted(example)}`;
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = new Map<string, unknown>(Object.entries(current)).get(String(part));
  }
  return current;
}
