// The layout's rules hold for every source file; and each rule is seen to fail.
import { expect, test } from 'vitest';
import { rules } from './rules.ts';
import { readSources, type SourceFile, sourceFile } from './source-files.ts';

const sources = await readSources();

test.each(rules)('$name', ({ check }) => {
  expect(sources.length).toBeGreaterThan(50);
  expect(check(sources)).toEqual([]);
});

const first = '// What this file is for\n';

/** Sources that break exactly one rule. */
const badExamples: readonly (readonly [rule: string, files: Readonly<Record<string, string>>, complaint: string])[] = [
  [
    'arrows between folders',
    { 'jobs/run.ts': `${first}import { a } from './format.ts';\n`, 'jobs/format.ts': first },
    'jobs/run.ts: may not import jobs/format.ts',
  ],
  [
    'arrows between folders',
    { 'jobs/run.ts': `${first}import type { A } from '../runner/event.ts';\n`, 'runner/event.ts': first },
    'jobs/run.ts: may not import types of runner/event.ts',
  ],
  [
    'arrows between folders',
    { 'runner/plan.ts': `${first}const a = await import('../vmm-adapters/qemu.ts');\n`, 'vmm-adapters/qemu.ts': first },
    'runner/plan.ts: may not import vmm-adapters/qemu.ts',
  ],
  [
    'arrows between folders',
    {
      'build-vm/border/a.ts': `${first}import { type A, b } from '../../vmm-adapters/lib/adapter.ts';\n`,
      'vmm-adapters/lib/adapter.ts': first,
    },
    'build-vm/border/a.ts: may not import vmm-adapters/lib/adapter.ts',
  ],
  [
    'one importing file for each package',
    {
      'runner/a.ts': `${first}import { a } from '@scope/thing/part';\n`,
      'runner/b.ts': `${first}import type { b } from '@scope/thing';\n`,
    },
    'runner/a.ts, runner/b.ts: all import @scope/thing',
  ],
  [
    'programs only through the CommandRunner',
    { 'runner/a.ts': `${first}import { spawn } from 'node:child_process';\n` },
    'runner/a.ts: starts programs by itself',
  ],
  [
    'bytes are written by base/write-fully.ts',
    { 'runner/a.ts': `${first}const { bytesWritten } = await handle.write(bytes);\n` },
    'runner/a.ts: writes bytes by itself',
  ],
  [
    'bytes are written by base/write-fully.ts',
    { 'runner/a.ts': `${first}import { writeSync } from 'node:fs';\n` },
    'runner/a.ts: writes bytes by itself',
  ],
  [
    'what lies in base/ has users in two other folders',
    {
      'base/a.ts': first,
      'runner/a.ts': `${first}import '../base/a.ts';\n`,
      'runner/b.ts': `${first}import '../base/a.ts';\n`,
    },
    'base/a.ts: is used in one folder only',
  ],
  [
    'imports name the .ts file',
    { 'runner/a.ts': `${first}import { b } from './b.js';\n`, 'runner/b.js': first },
    'runner/a.ts: imports runner/b.js',
  ],
  [
    'imports lead to files',
    { 'runner/a.ts': `${first}export { b } from './b.ts';\n` },
    'runner/a.ts: imports runner/b.ts, which is not there',
  ],
  ['kebab-case names', { 'runner/buildFile.ts': first }, 'runner/buildFile.ts: is not in kebab-case'],
  [
    'the first line says what the file is for',
    { 'runner/a.ts': `import 'node:fs';\n${first}` },
    'runner/a.ts: begins without a comment that says what it is for',
  ],
  ['at most 250 lines', { 'runner/a.ts': first + 'let a;\n'.repeat(250) }, 'runner/a.ts: has 251 lines'],
  [
    'sorted by code unit, never by locale',
    { 'runner/a.ts': `${first}names.sort((a, b) => a.localeCompare(b));\n` },
    'runner/a.ts: sorts by locale',
  ],
  [
    'no cycles',
    {
      'runner/a.ts': `${first}import { b } from './b.ts';\n`,
      'runner/b.ts': `${first}import type { c } from './c.ts';\n`,
      'runner/c.ts': `${first}import './a.ts';\n`,
    },
    'runner/a.ts → runner/b.ts → runner/c.ts → runner/a.ts: is a cycle',
  ],
];

test.each(badExamples)('seen to fail: %s', (name, files, complaint) => {
  const bad: SourceFile[] = Object.entries(files).map(([path, text]) => sourceFile(path, text));
  const broken = rules.flatMap((rule) => rule.check(bad).map((found) => [rule.name, found]));
  // A file of another kind than .ts is no source, and breaks the rule of names as well.
  expect(broken.filter(([rule]) => rule === name || name !== 'imports name the .ts file')).toEqual([[name, complaint]]);
});

test('every rule has a bad example', () => {
  expect(new Set(badExamples.map(([name]) => name))).toEqual(new Set(rules.map(({ name }) => name)));
});
