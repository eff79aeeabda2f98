// `vmb jobs`: the list of jobs, or one job's options out of its schema.
import { didYouMean } from '../../build-file/did-you-mean.ts';
import { describeType, type SchemaNode, schemaNode } from '../../build-file/schema-node.ts';
import { quoted } from '../../printable.ts';
import type { Registry } from '../../registry.ts';
import { columns } from '../../report/columns.ts';
import { RunnerError } from '../../runner-error.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'jobs',
  summary: 'List the jobs, or one job’s options',
  arguments: [{ name: '[name]', summary: 'a job' }],
  details: ['A job is one `[[job]]` of a build file; its name stands behind `use`.'],
  async run(input, { registry, stdout }) {
    const name = input.argument(0);
    stdout.write(`${(name === undefined ? await listJobs(registry) : await describeJob(name, registry)).join('\n')}\n`);
    return 0;
  },
};

async function listJobs(registry: Registry): Promise<string[]> {
  const rows: string[][] = [];
  for (const name of await registry.jobNames()) {
    rows.push([name, (await registry.findJob(name))?.summary ?? '']);
  }
  return columns(rows);
}

async function describeJob(name: string, registry: Registry): Promise<string[]> {
  const job = await registry.findJob(name);
  if (job === undefined) {
    const names = await registry.jobNames();
    throw new RunnerError(
      'usage',
      `vmb jobs: there is no job ${quoted(name)}${didYouMean(name, names)}; use one of: ${names.join(', ')}.`,
    );
  }
  return [`${job.name}: ${job.summary}`, '', ...describeOptions(schemaNode(job.schema), '')];
}

/** One paragraph an option; options of tables in it follow, indented. */
export function describeOptions(schema: SchemaNode, indent: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const option = schemaNode(value);
    const isRequired = schema.required?.includes(name) === true && option.default === undefined;
    const facts = [describeType(option)];
    if (isRequired) facts.push('required');
    if (option.default !== undefined) facts.push(`${JSON.stringify(option.default)} by default`);
    const lines = [`${indent}${name}: ${facts.join(', ')}`];
    if (option.description !== undefined) lines.push(`${indent}    ${option.description}`);
    if (option.examples !== undefined) {
      lines.push(`${indent}    for example: ${option.examples.map((example) => JSON.stringify(example)).join(', ')}`);
    }
    const inner = option.type === 'array' ? schemaNode(option.items) : option;
    return [...lines, ...describeOptions(inner, `${indent}    `)];
  });
}
