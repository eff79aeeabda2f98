// What the documentation says is what the code does.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { markdownReference } from '../../runner/build-file/markdown-reference.ts';
import { schemaNode } from '../../runner/build-file/schema-node.ts';
import { signalExitCodes } from '../../runner/command-line/interruption.ts';
import { registry } from '../../runner/registry.ts';
import { exitCodes } from '../../runner/runner-error.ts';
import { root } from './source-files.ts';

const read = (path: string) => readFile(join(root, path), 'utf8');

test('docs/events.md has every event with every field, and no other', async () => {
  const [source, docs] = await Promise.all([read('runner/event.ts'), read('docs/events.md')]);
  const union = source.slice(source.indexOf('export type BuildEvent'));
  const events = [...union.matchAll(/\{\s*readonly type: '([a-z-]+)'(.*?)\}/gs)].map(([, type = '', fields = '']) => ({
    type,
    fields: [...fields.matchAll(/readonly (\w+):/g)].map(([, name]) => name),
  }));
  expect(events.length).toBeGreaterThan(10);
  const rows = new Map(
    [...docs.matchAll(/^\| `([a-z-]+)` +\| (.*) \|$/gm)].map(([, type = '', text = '']) => [type, text]),
  );
  expect([...rows.keys()].sort()).toEqual(events.map(({ type }) => type).sort());
  for (const { type, fields } of events) {
    expect(
      fields.filter((name) => rows.get(type)?.includes(`\`${name}\``) !== true).map((name) => `${type}.${name}`),
    ).toEqual([]);
  }
});

test('the printed reference has every job with every option', async () => {
  const jobs = await Promise.all((await registry.jobNames()).map((name) => registry.findJob(name)));
  const text = markdownReference(jobs.filter((job) => job !== undefined));
  const sections = new Map(text.split(/^### /m).map((section) => [section.split('\n')[0], section]));
  for (const job of jobs) {
    const section = sections.get(job?.name);
    expect(section).toContain(job?.summary);
    for (const option of Object.keys(schemaNode(job?.schema).properties ?? {})) {
      expect(section).toMatch(new RegExp(`^\\| \`${option}\` \\| .+ \\| .+ \\|$`, 'm'));
    }
  }
  for (const key of ['name', 'version', 'arch', 'summary', 'epoch', 'vars', 'machine.memory', 'machine.scratch']) {
    expect(text).toContain(`\n| \`${key}\` |`);
  }
});

test('the tests that README names are there', async () => {
  const named = [...(await read('README.md')).matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(10);
  await Promise.all(named.map((path) => access(join(root, path))));
});

test('README has every exit code', async () => {
  const readme = await read('README.md');
  const told = [...readme.matchAll(/^\| (\d+) +\| /gm)].map(([, code]) => Number(code));
  const codes = new Set([0, 70, ...Object.values(exitCodes), ...Object.values(signalExitCodes)]);
  expect(told).toEqual([...codes].sort((a, b) => a - b));
});

test('README’s example is the build file of images/hello-efi', async () => {
  const [readme, buildFile] = await Promise.all([read('README.md'), read('images/hello-efi/build.toml')]);
  const [, example] = /^```toml\n(.*?)^```$/ms.exec(readme) ?? [];
  expect(example).toBe(buildFile);
});

test('README’s list of commands is the program’s', async () => {
  const [readme, source] = await Promise.all([read('README.md'), read('runner/command-line/commands.ts')]);
  const commands = [...source.matchAll(/^ {2}\['([a-z -]+)',/gm)].map(([, name]) => name);
  const told = [...readme.matchAll(/^\| `vmb ([a-z-]+(?: (?:make|show|save|load|check|lock))?)/gm)].map(
    ([, name]) => name,
  );
  expect(told).toEqual(commands);
});
