// Builds on several VMMs at once, as a user does, and checks that the record names all of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Vmb } from '../vmb.ts';

/** Registers the build folders beside this file as "equal-bytes". */
export async function addEveryJob(vmb: Vmb): Promise<void> {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const imported = await vmb.run('import', '--path', folder, '--as', 'equal-bytes');
  expect(imported.stderr).toBe('');
}

export async function expectEqual(
  vmb: Vmb,
  repository: string,
  name: string,
  machines: readonly string[],
): Promise<void> {
  const out = join(vmb.folder, name);
  const words = ['--repo', repository, '--name', name, '--vmm', machines.join(','), '--out', out];
  const { exitCode, stdout, stderr } = await vmb.run('build', ...words);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`\nEqual to the byte: ${machines.join(', ')}\n`);
  const { agreed } = JSON.parse(readFileSync(join(out, `${name}.record.json`), 'utf8'));
  expect(agreed.map(({ label }: { label: string }) => label)).toEqual(machines);
}
