// The JSON Schema of whole build files for editors: completion, and mistakes underlined while typing.
import type { Job } from '../../jobs/lib/job.ts';
import { buildFileSchema } from './build-file-schema.ts';

/** Draft 7, which the TOML extensions of editors know. */
export function editorSchema(jobs: readonly Job[]): object {
  const top = relaxed(buildFileSchema);
  const ownId = propertyOf(propertyOf(propertyOf(top, 'properties'), 'job'), 'items');
  const id = propertyOf(propertyOf(ownId, 'properties'), 'id');
  const branches = jobs.map((job) => jobBranch(job, id));
  return withProperties(top, {
    job: { ...asObject(propertyOf(propertyOf(top, 'properties'), 'job')), items: { oneOf: branches } },
    epoch: { ...asObject(propertyOf(propertyOf(top, 'properties'), 'epoch')), type: 'string', format: 'date-time' },
  });
}

function jobBranch(job: Job, id: unknown): object {
  const schema = asObject(relaxed(job.schema));
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return {
    ...schema,
    title: job.name,
    description: job.summary,
    required: ['use', ...required],
    properties: { use: { const: job.name, description: job.summary }, id, ...asObject(schema['properties']) },
  };
}

/**
 * A schema as it applies to the text that is typed: options with a default may be left out, and a text with a variable in it
 * may become anything.
 */
function relaxed(schema: unknown): unknown {
  const node = Object.fromEntries(
    Object.entries(asObject(schema)).map(([keyword, value]) => [keyword, within(keyword, value)]),
  );
  if (Array.isArray(node['required'])) {
    node['required'] = node['required'].filter(
      (name) => !('default' in asObject(propertyOf(node['properties'], name))),
    );
  }
  return takesText(node) ? withVariables(node) : node;
}

/** A keyword's value with the schemas in it relaxed. */
function within(keyword: string, value: unknown): unknown {
  switch (keyword) {
    case 'properties':
    case 'patternProperties':
      return Object.fromEntries(Object.entries(asObject(value)).map(([name, schema]) => [name, relaxed(schema)]));
    case 'items':
      return relaxed(value);
    case 'anyOf':
    case 'oneOf':
      return Array.isArray(value) ? value.map(relaxed) : value;
    default:
      return value;
  }
}

function takesText(node: Record<string, unknown>): boolean {
  const isLimitedText = node['type'] === 'string' && ['pattern', 'maxLength', 'minLength'].some((key) => key in node);
  const constants = Array.isArray(node['enum']) ? node['enum'] : [node['const']];
  return isLimitedText || constants.some((value) => typeof value === 'string');
}

function withVariables(node: Record<string, unknown>): Record<string, unknown> {
  const { description, default: otherwise, examples, ...rest } = node;
  return {
    ...(description === undefined ? {} : { description }),
    ...(otherwise === undefined ? {} : { default: otherwise }),
    ...(examples === undefined ? {} : { examples }),
    anyOf: [rest, { type: 'string', pattern: '\\$\\{' }],
  };
}

function withProperties(schema: unknown, properties: object): object {
  const node = asObject(schema);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Build file of vmb',
    ...node,
    properties: { ...asObject(node['properties']), ...properties },
  };
}

function propertyOf(value: unknown, key: unknown): unknown {
  return typeof key === 'string' ? asObject(value)[key] : undefined;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
