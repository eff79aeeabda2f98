// The JSON Schema of whole build files for editors: completion, and mistakes underlined while typing.
import type { Job } from '../../jobs/lib/job.ts';
import { buildFileSchema } from './build-file-schema.ts';

/** Draft 7, which the TOML extensions of editors know. */
export function editorSchema(jobs: readonly Job[]): object {
  const top = asObject(relaxed(buildFileSchema, false));
  const properties = asObject(top['properties']);
  const list = asObject(properties['job']);
  const id = asObject(asObject(list['items'])['properties'])['id'];
  const required = Array.isArray(top['required']) ? top['required'].filter((name) => name !== 'job') : [];
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Build file of vmb',
    ...top,
    required,
    anyOf: [{ required: ['job'] }, { required: ['extends'] }],
    properties: {
      ...properties,
      epoch: { ...asObject(properties['epoch']), type: 'string', format: 'date-time' },
      job: { ...list, items: { oneOf: [...jobs.map((job) => jobBranch(job, id)), changeBranch(id)] } },
    },
  };
}

const places = {
  before: { type: 'string', description: 'With extends: id of the inherited job that this one stands before' },
  after: { type: 'string', description: 'With extends: id of the inherited job that this one stands behind' },
};

/** An entry without `use` says something of a job that is inherited. */
function changeBranch(id: unknown): object {
  return {
    title: 'inherited job',
    description: 'With extends: other options for the inherited job with this id; drop = true leaves it out',
    type: 'object',
    required: ['id'],
    not: { required: ['use'] },
    properties: { id, drop: { const: true, description: 'Leaves the job out' }, ...places },
  };
}

function jobBranch(job: Job, id: unknown): object {
  const schema = asObject(relaxed(job.schema, true));
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return {
    ...schema,
    title: job.name,
    description: job.summary,
    required: ['use', ...required],
    properties: {
      use: { const: job.name, description: job.summary },
      id,
      ...places,
      ...asObject(schema['properties']),
    },
  };
}

/**
 * A schema as it applies to the text that is typed: options with a default may be left out, and where variables are replaced
 * a text with one in it may become anything.
 */
function relaxed(schema: unknown, hasVariables: boolean): unknown {
  const node = asObject(schema);
  for (const [keyword, value] of Object.entries(node)) node[keyword] = within(keyword, value, hasVariables);
  const properties = asObject(node['properties']);
  if (Array.isArray(node['required'])) {
    node['required'] = node['required'].filter((name) => !('default' in asObject(properties[name])));
  }
  return hasVariables && takesSomeTexts(node) ? withVariables(node) : node;
}

/** A keyword's value with the schemas in it relaxed. */
function within(keyword: string, value: unknown, hasVariables: boolean): unknown {
  switch (keyword) {
    case 'properties':
    case 'patternProperties':
      return Object.fromEntries(
        Object.entries(asObject(value)).map(([name, schema]) => [name, relaxed(schema, hasVariables)]),
      );
    case 'items':
      return relaxed(value, hasVariables);
    case 'anyOf':
    case 'oneOf':
      return Array.isArray(value) ? value.map((branch) => relaxed(branch, hasVariables)) : value;
    default:
      return value;
  }
}

function takesSomeTexts(node: Record<string, unknown>): boolean {
  const isLimitedText = node['type'] === 'string' && ['pattern', 'maxLength', 'minLength'].some((key) => key in node);
  const constants = Array.isArray(node['enum']) ? node['enum'] : [node['const']];
  return isLimitedText || constants.some((value) => typeof value === 'string');
}

function withVariables(node: Record<string, unknown>): Record<string, unknown> {
  const shown = Object.fromEntries(Object.entries(node).filter(([keyword]) => isForPeople(keyword)));
  const checked = Object.fromEntries(Object.entries(node).filter(([keyword]) => !isForPeople(keyword)));
  return { ...shown, anyOf: [checked, { type: 'string', pattern: '\\$\\{' }] };
}

function isForPeople(keyword: string): boolean {
  return ['description', 'default', 'examples'].includes(keyword);
}

/** A copy, so that it may be changed. */
function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
