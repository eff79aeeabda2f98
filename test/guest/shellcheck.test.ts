// The guest's scripts are POSIX sh without a finding: their first lines say so to shellcheck.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../build-vm/guest');

const target = join(folder, '../target');

const scripts = [
  ...readdirSync(folder),
  ...readdirSync(target)
    .filter((name) => !name.endsWith('.service'))
    .map((name) => join(target, name)),
  '../../test/guest/platform.sh',
];

test.each(scripts)('%s', (name) => {
  expect(execFileSync('shellcheck', ['--format=gcc', name], { cwd: folder, encoding: 'utf8' })).toBe('');
});
