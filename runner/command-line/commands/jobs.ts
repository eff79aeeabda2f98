// `vmb jobs`: the list of jobs, one job's options out of its schema, or the whole reference.
import type { Job } from '../../../jobs/lib/job.ts';
import { didYouMean } from '../../build-file/did-you-mean.ts';
import { markdownReference } from '../../build-file/markdown-reference.ts';
import { describeType, type SchemaNode, schemaNode } from '../../build-file/schema-node.ts';
import { quoted } from '../../printable.ts';
import type { Registry } from '../../registry.ts';
import { columns, wrapped } from '../../report/columns.ts';
import { RunnerError } from '../../runner-error.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'jobs',
  summary: 'List the jobs, or one job’s options',
  arguments: [{ name: '[name]', summary: 'a job' }],
  options: [{ flags: '--markdown', summary: 'print the reference of build files, with all jobs' }],
  details: ['A job is one `[[job]]` of a build file; its name stands behind `use`.'],
  async run(input, { registry, stdout }) {
    if (input.flag('markdown')) {
      stdout.write(markdownReference(await allJobs(registry)));
      return 0;
    }
    const name = input.argument(0);
    stdout.write(`${(name === undefined ? await listJobs(registry) : await describeJob(name, registry)).join('\n')}\n`);
    return 0;
  },
};

async function listJobs(registry: Registry): Promise<string[]> {
  return columns((await allJobs(registry)).map(({ name, summary }) => [name, summary]));
}

async function allJobs(registry: Registry): Promise<Job[]> {
  const jobs = await Promise.all((await registry.jobNames()).map((name) => registry.findJob(name)));
  return jobs.filter((job) => job !== undefined);
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
    const lines = wrapped(`${name}: ${facts.join(', ')}`, indent);
    const below = `${indent}    `;
    // What is said of one choice of many has a line of its own.
    if (option.description !== undefined) {
      lines.push(
        ...option.description.split('\n').flatMap((part, index) => wrapped(part, index === 0 ? below : `${below}  `)),
      );
    }
    if (option.examples !== undefined) {
      const examples = option.examples.map((example) => JSON.stringify(example)).join(', ');
      lines.push(...wrapped(`for example: ${examples}`, below));
    }
    const inner = option.type === 'array' ? schemaNode(option.items) : option;
    return [...lines, ...describeOptions(inner, `${indent}    `)];
  });
}
