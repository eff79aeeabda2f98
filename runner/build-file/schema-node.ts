// Looks into JSON Schemas: the parts that messages, `vmb jobs` and the editor's schema are made of.

/** A JSON Schema as data, as far as the project's schemas go. Specification: JSON Schema draft 7. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly patternProperties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
}

/** Any value as a schema; what is no object has nothing to say. */
export function schemaNode(value: unknown): SchemaNode {
  return typeof value === 'object' && value !== null ? value : {};
}

/** The schema at a place such as ajv's `#/properties/size/anyOf`, or an empty one. */
export function schemaAt(schema: unknown, pointer: string): SchemaNode {
  let current: unknown = schema;
  for (const part of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof current !== 'object' || current === null) return {};
    current = new Map<string, unknown>(Object.entries(current)).get(key);
  }
  return schemaNode(current);
}

/** The branches of a union, with unions in it taken apart. */
export function branchesAt(schema: SchemaNode): SchemaNode[] {
  const branches = schema.anyOf ?? schema.oneOf;
  return branches === undefined ? [schema] : branches.flatMap((branch) => branchesAt(schemaNode(branch)));
}

/** "a text", "a list of texts", "true or false": for people. */
export function describeType(schema: SchemaNode): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(', ');
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) {
    return [...new Set(branchesAt(schema).map(describeType))].join(' or ');
  }
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  if (types.length === 1 && types[0] === 'array') return describeList(schemaNode(schema.items));
  return types.map((type) => typeNames.get(type) ?? type).join(' or ') || 'anything';
}

const typeNames: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['integer', 'a whole number'],
  ['number', 'a number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a table'],
]);

function describeList(items: SchemaNode): string {
  const item = describeType(items);
  return item === 'anything' ? 'a list' : `a list of ${item.replace(/^a (whole number|[a-z]+)$/, '$1s')}`;
}

/** What a value of a build file is, for people. */
export function textOf(value: unknown): string {
  if (value instanceof Date) return 'a date';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'true or false';
  return 'a table';
}
