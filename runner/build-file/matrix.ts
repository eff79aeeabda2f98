// The `[matrix]` of a build file: lists of values and files of variables become variants, one image each.
import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isOutside } from '../outside.ts';
import { quoted } from '../printable.ts';
import type { Variant } from './build-file.ts';
import type { Findings } from './findings.ts';
import { readVarsFile } from './read-vars-file.ts';
import { isTable, type Table } from './toml.ts';

/** Every combination is a build; more of them than this were not meant. */
const mostVariants = 256;

/** Undefined without a matrix; empty after a mistake, which is in `findings`. */
export async function readMatrix(table: Table, findings: Findings): Promise<readonly Variant[] | undefined> {
  const matrix = table['matrix'];
  if (!isTable(matrix)) return matrix === undefined ? undefined : [];
  const axes: (readonly Variant[])[] = [];
  if (typeof matrix['files'] === 'string') axes.push(await fileVariants(matrix['files'], findings));
  for (const [name, values] of Object.entries(matrix)) {
    if (Array.isArray(values)) axes.push(listVariants(name, values, findings));
    else if (name !== 'files' && typeof values === 'string') refuseText(name, values, findings);
  }
  const count = axes.reduce((product, axis) => product * axis.length, 1);
  if (count > mostVariants) {
    const what = `this makes ${count} images of one build file, but ${mostVariants} are the most`;
    findings.add({ path: ['matrix'], target: 'value', what, remedy: 'leave some values out' });
    return [];
  }
  let variants: readonly Variant[] = [{ label: '', file: undefined, vars: new Map() }];
  for (const axis of axes) variants = variants.flatMap((one) => axis.map((other) => together(one, other, findings)));
  return axes.length === 0 ? [] : variants;
}

function together(one: Variant, other: Variant, findings: Findings): Variant {
  for (const name of other.vars.keys()) {
    if (!one.vars.has(name)) continue;
    const what = `the variable ${quoted(name)} is set by ${one.label} already`;
    findings.add({ path: ['matrix', name], target: 'value', what, remedy: 'set it in one place' });
  }
  const label = one.label === '' ? other.label : `${one.label},${other.label}`;
  return { label, file: one.file ?? other.file, vars: new Map([...one.vars, ...other.vars]) };
}

function listVariants(name: string, values: readonly unknown[], findings: Findings): Variant[] {
  return values.flatMap((value, index) => {
    if (typeof value !== 'string') return [];
    const position = findings.position(['matrix', name, index]);
    return [{ label: `${name}=${value}`, file: undefined, vars: new Map([[name, { value, position }]]) }];
  });
}

function refuseText(name: string, value: string, findings: Findings): void {
  const what = `${quoted(value)} is one text, but a variable of the matrix has a list of them`;
  findings.add({ path: ['matrix', name], target: 'value', what, remedy: `write [${quoted(value)}, …]` });
}

/** `pattern`: "vars/*.env", from the folder of the file that it is written in. */
async function fileVariants(pattern: string, findings: Findings): Promise<Variant[]> {
  const { file } = findings.position(['matrix', 'files']);
  const refuse = (what: string, remedy: string): Variant[] => {
    findings.add({ path: ['matrix', 'files'], target: 'value', what, remedy });
    return [];
  };
  const folder = join(dirname(file), dirname(pattern));
  const [begin = '', end = '', more] = basename(pattern).split('*');
  const leadsOut = pattern.startsWith('/') || (await isLedOut(folder, dirname(file)));
  if (leadsOut || dirname(pattern).includes('*') || !pattern.includes('*') || more !== undefined) {
    return refuse(
      `${quoted(pattern)} is no pattern for files of the build folder, because it needs one "*", in the file’s name, and no ".."`,
      'write it like "vars/*.env"',
    );
  }
  const fits = (name: string) =>
    name.startsWith(begin) && name.endsWith(end) && name.length >= begin.length + end.length;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // Hidden files are meant only by a pattern that begins with a dot.
  const shown = entries.filter((entry) => entry.isFile() && (begin.startsWith('.') || !entry.name.startsWith('.')));
  const names = shown.map(({ name }) => name).filter(fits);
  if (names.length === 0) return refuse(`no file fits ${quoted(pattern)}`, 'write one, or correct the pattern');
  const variants: Variant[] = [];
  for (const name of names.sort()) {
    const { vars, mistakes } = await readVarsFile(join(folder, name));
    findings.mistakes.push(...mistakes);
    // What the "*" stands for: no two files have that the same.
    const label = name.slice(begin.length, name.length - end.length);
    variants.push({ label: label === '' ? name : label, file: label, vars });
  }
  return variants;
}

/** Also by links on the way; what is not there leads nowhere. */
async function isLedOut(folder: string, buildFolder: string): Promise<boolean> {
  if (isOutside(folder, buildFolder)) return true;
  const real = await realpath(folder).catch(() => undefined);
  return real !== undefined && isOutside(real, await realpath(buildFolder));
}
