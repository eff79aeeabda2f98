// What to say when a value breaks a keyword of its JSON Schema, and what to do about it.
import { quoted } from '../printable.ts';
import { didYouMean } from './did-you-mean.ts';
import { branchesAt, describeType, type SchemaNode, schemaAt, textOf } from './schema-node.ts';

export type Sentence = readonly [what: string, remedy: string];

/** A value and the schema that it breaks. */
export interface Breach {
  readonly value: unknown;
  /** As a message shows it. */
  readonly shown: string;
  /** Name of the option. */
  readonly key: string;
  readonly schema: SchemaNode;
  /** What ajv tells of this keyword. */
  readonly params: Readonly<Record<string, unknown>>;
}

export const keywordSentences: ReadonlyMap<string, (breach: Breach) => Sentence> = new Map([
  ['type', wrongType],
  ['enum', ({ value, schema }) => notOneOf(value, schema.enum ?? [])],
  ['const', ({ value, schema }) => notOneOf(value, [schema.const])],
  ['anyOf', noBranch],
  ['oneOf', noBranch],
  ['pattern', ({ shown, schema }) => [`${shown} does not fit${asDescribed(schema)}`, exampleRemedy(schema)]],
  ['minLength', tooShort],
  [
    'maxLength',
    ({ shown, params }) => [
      `${shown} is too long, because it may have at most ${counted(params['limit'], 'character')}`,
      'shorten it',
    ],
  ],
  ['minimum', (breach) => tooSmall(breach, 'at least')],
  ['exclusiveMinimum', (breach) => tooSmall(breach, 'more than')],
  ['maximum', (breach) => tooLarge(breach, 'at most')],
  ['exclusiveMaximum', (breach) => tooLarge(breach, 'less than')],
  ['multipleOf', ({ shown, params }) => [`${shown} is not a multiple of ${params['multipleOf']}`, 'write one that is']],
  ['minItems', tooFewItems],
  [
    'maxItems',
    ({ params }) => [
      `this list is too long, because it may have at most ${counted(params['limit'], 'item')}`,
      'remove some',
    ],
  ],
  ['uniqueItems', twice],
  ['minProperties', () => ['this table has too few keys', 'add to it']],
  ['propertyNames', wrongKey],
]);

/** For keywords that no schema of the project uses so far. */
export function otherSentence({ shown, schema }: Breach, message: string): Sentence {
  return [`${shown} does not fit: it ${message}`, exampleRemedy(schema)];
}

function wrongType({ value, shown, key, schema }: Breach): Sentence {
  const wanted = describeType(schema);
  const isContainer = typeof value === 'object' && !(value instanceof Date);
  const what = `${isContainer ? 'this' : shown} is ${textOf(value)}, but it must be ${wanted}`;
  if (wanted === 'a text' && !isContainer) {
    return [what, schema.examples === undefined ? `put it in quotes: "${shown}"` : exampleRemedy(schema)];
  }
  const isQuoted =
    (wanted === 'a whole number' && typeof value === 'string' && /^-?\d+$/.test(value)) ||
    (wanted === 'true or false' && (value === 'true' || value === 'false'));
  if (isQuoted) return [what, `take the quotes off: ${value}`];
  if (wanted === 'a list of tables' && textOf(value) === 'a table') return [what, `begin it with [[${key}]]`];
  if (wanted.startsWith('a list') && !isContainer) return [what, `write a list: [${shown}]`];
  return [what, `write ${wanted}`];
}

function notOneOf(value: unknown, allowed: readonly unknown[]): Sentence {
  const names = allowed.filter((one) => typeof one === 'string');
  const meant = typeof value === 'string' ? didYouMean(value, names) : '';
  const choice = allowed.map(quoted).join(', ');
  return [`${quoted(value)} is not possible here${meant}`, `use ${allowed.length > 1 ? 'one of: ' : ''}${choice}`];
}

/** A value that none of a union's branches takes: its constants are offered when there are no others. */
function noBranch({ value, shown, schema }: Breach): Sentence {
  const branches = branchesAt(schema);
  const constants = branches.flatMap((branch) => branch.enum ?? (branch.const === undefined ? [] : [branch.const]));
  const others = branches.filter((branch) => branch.enum === undefined && branch.const === undefined);
  if (others.length === 0) return notOneOf(value, constants);
  const choices = [...constants.map(quoted), ...others.map((branch) => branch.description ?? describeType(branch))];
  return [`${shown} is not possible here${asDescribed(schema)}`, `write ${choices.join(', or ')}`];
}

function tooShort({ shown, params }: Breach): Sentence {
  const limit = params['limit'];
  const what =
    limit === 1
      ? 'this text is empty'
      : `${shown} is too short, because it needs at least ${counted(limit, 'character')}`;
  return [what, 'write more'];
}

function tooSmall({ shown, params }: Breach, bound: string): Sentence {
  return [`${shown} is too small, because it must be ${bound} ${params['limit']}`, 'write a larger number'];
}

function tooLarge({ shown, params }: Breach, bound: string): Sentence {
  return [`${shown} is too large, because it must be ${bound} ${params['limit']}`, 'write a smaller number'];
}

function tooFewItems({ params }: Breach): Sentence {
  const limit = params['limit'];
  const what =
    limit === 1 ? 'this list is empty' : `this list is too short, because it needs at least ${counted(limit, 'item')}`;
  return [what, 'add to it'];
}

function twice({ params }: Breach): Sentence {
  const [one, other] = [Number(params['i']) + 1, Number(params['j']) + 1].sort((a, b) => a - b);
  return [`items ${one} and ${other} of this list are the same`, 'remove one of them'];
}

function wrongKey({ schema, params }: Breach): Sentence {
  const names = schemaAt(schema, '#/propertyNames');
  return [`${quoted(params['propertyName'])} cannot be a key here${asDescribed(names)}`, 'rename it'];
}

function asDescribed(schema: SchemaNode): string {
  return schema.description === undefined ? '' : `, because this is: ${schema.description}`;
}

function exampleRemedy(schema: SchemaNode): string {
  const example = schema.examples?.[0] ?? schema.default;
  return example === undefined ? 'correct it' : `write it like ${quoted(example)}`;
}

function counted(limit: unknown, word: string): string {
  return `${limit} ${word}${limit === 1 ? '' : 's'}`;
}
