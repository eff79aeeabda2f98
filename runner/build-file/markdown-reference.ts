// The reference of build files as Markdown, out of the schemas that check them: nothing in it can be out of date.
import type { Job } from '../../jobs/lib/job.ts';
import { buildFileSchema } from './build-file-schema.ts';
import { describeType, type SchemaNode, schemaNode } from './schema-node.ts';

/** @param jobs in the order in which they are listed */
export function markdownReference(jobs: readonly Job[]): string {
  const top = schemaNode(buildFileSchema);
  const head = { ...top, properties: without(top.properties ?? {}, ['job']) };
  const parts = [
    '# Reference of build files',
    'Made by `vmb jobs --markdown` out of the schemas that vmb checks build files by; `vmb schema` prints them for editors.',
    '## The file',
    'A build file is TOML 1.0 and is called `build.toml`. At its top, before the first `[table]`:',
    ...optionTable(head),
    '## Jobs',
    'Each `[[job]]` has `use`, the name of the job, perhaps `id`, and the options of that job.',
    [
      '| job | does |',
      '| --- | --- |',
      ...jobs.map(({ name, summary }) => `| [${name}](#${name}) | ${cell(summary)} |`),
    ].join('\n'),
    ...jobs.flatMap((job) => [`### ${job.name}`, `${job.summary}.`, ...optionTable(schemaNode(job.schema))]),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function without(properties: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}

/** One row an option; options of tables in it follow under "table.option". */
function optionTable(schema: SchemaNode): string[] {
  const rows = optionRows(schema, '');
  return rows.length === 0 ? [] : [['| option | | what it is |', '| --- | --- | --- |', ...rows].join('\n')];
}

function optionRows(schema: SchemaNode, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const option = schemaNode(value);
    const isRequired = schema.required?.includes(name) === true && option.default === undefined;
    const facts = [describeType(option), ...(isRequired ? ['**required**'] : [])];
    if (option.default !== undefined) facts.push(`${code(option.default)} by default`);
    const examples = option.examples?.map(code).join(', ');
    const told = [
      (option.description ?? '').replaceAll('\n', '; ').replace(':; ', ': '),
      ...(examples === undefined ? [] : [`For example: ${examples}`]),
    ];
    const row = `| \`${prefix}${name}\` | ${cell(facts.join(', '))} | ${cell(told.join('. '))} |`;
    const inner = option.type === 'array' ? schemaNode(option.items) : option;
    return [row, ...optionRows(inner, `${prefix}${name}.`)];
  });
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

/** A cell of a table ends at a bar. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
