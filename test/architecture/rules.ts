// The rules of the layout (DESIGN.md section 3, STYLE.md): each takes all sources and tells what breaks it.
import type { Import, SourceFile } from './source-files.ts';

export interface Rule {
  readonly name: string;
  /** One line for each breach, beginning with the file. */
  check(files: readonly SourceFile[]): string[];
}

/** From which folder to which. The first fitting row counts; what no row allows is forbidden. */
const arrows: readonly { readonly from: RegExp; readonly to: RegExp; readonly typesOnly?: true }[] = [
  // The ground floor, which imports nothing of the project.
  { from: /^/, to: /^base\// },
  { from: /^runner\//, to: /^(runner|build-vm)\// },
  // Never a job or an adapter by name: the registry finds them.
  { from: /^runner\//, to: /^(jobs|vmm-adapters)\/lib\// },
  { from: /^build-vm\//, to: /^build-vm\// },
  { from: /^build-vm\//, to: /^vmm-adapters\/lib\//, typesOnly: true },
  { from: /^jobs\//, to: /^jobs\/lib\// },
  { from: /^vmm-adapters\//, to: /^vmm-adapters\/lib\// },
];

const arrowRule: Rule = {
  name: 'arrows between folders',
  check: (files) =>
    breaches(files, (file, { kind, target, isTypeOnly }) => {
      if (kind !== 'source') return undefined;
      const allowed = arrows.some(
        ({ from, to, typesOnly }) => from.test(file.path) && to.test(target) && (typesOnly !== true || isTypeOnly),
      );
      return allowed ? undefined : `may not import ${isTypeOnly ? 'types of ' : ''}${target}`;
    }),
};

const oneDoorRule: Rule = {
  name: 'one importing file for each package',
  check(files) {
    const doors = new Map<string, Set<string>>();
    for (const file of files) {
      for (const { kind, target } of file.imports) {
        if (kind === 'package') doors.set(target, (doors.get(target) ?? new Set()).add(file.path));
      }
    }
    return [...doors]
      .filter(([, paths]) => paths.size > 1)
      .map(([name, paths]) => `${[...paths].sort().join(', ')}: all import ${name}`);
  },
};

const programsRule: Rule = {
  name: 'programs only through the CommandRunner',
  check: (files) =>
    breaches(files, (_, { target }) => (target === 'node:child_process' ? 'starts programs by itself' : undefined)),
};

/** A write may end early; the functions of that file go on until all is written. */
const writer = 'base/write-fully.ts';
const writeRule: Rule = {
  name: `bytes are written by ${writer}`,
  check: (files) =>
    files
      .filter(({ path, text }) => path !== writer && /\bwriteSync\b|\bawait [\w.]+\.write\(/.test(text))
      .map(({ path }) => `${path}: writes bytes by itself`),
};

const groundRule: Rule = {
  name: 'what lies in base/ has users in two other folders',
  check: (files) =>
    files
      .filter(({ path }) => path.startsWith('base/'))
      .filter(({ path }) => {
        const users = files.filter(({ imports }) => imports.some(({ target }) => target === path));
        return new Set(users.map(({ path: user }) => user.split('/')[0])).size < 2;
      })
      .map(({ path }) => `${path}: is used in one folder only`),
};

const extensionRule: Rule = {
  name: 'imports name the .ts file',
  check: (files) =>
    breaches(files, (_, { kind, target }) =>
      kind === 'source' && !target.endsWith('.ts') ? `imports ${target}` : undefined,
    ),
};

const existingRule: Rule = {
  name: 'imports lead to files',
  check(files) {
    const paths = new Set(files.map(({ path }) => path));
    return breaches(files, (_, { kind, target }) =>
      kind === 'source' && !paths.has(target) ? `imports ${target}, which is not there` : undefined,
    );
  },
};

const nameRule: Rule = {
  name: 'kebab-case names',
  check: (files) =>
    files
      .filter(({ path }) => !path.split('/').every((part) => /^[a-z0-9]+(-[a-z0-9]+)*(\.ts)?$/.test(part)))
      .map(({ path }) => `${path}: is not in kebab-case`),
};

const firstLineRule: Rule = {
  name: 'the first line says what the file is for',
  check: (files) =>
    files
      .filter(({ text }) => !/^(#![^\n]*\n)?\/\/ \S+( \S+){2,}/.test(text))
      .map(({ path }) => `${path}: begins without a comment that says what it is for`),
};

const mostLines = 250;

const lengthRule: Rule = {
  name: `at most ${mostLines} lines`,
  check: (files) =>
    files
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > mostLines)
      .map(({ path, lines }) => `${path}: has ${lines} lines`),
};

const comparisonRule: Rule = {
  name: 'sorted by code unit, never by locale',
  check: (files) =>
    files
      .filter(({ text }) => /\blocaleCompare\(|Intl\.Collator/.test(text))
      .map(({ path }) => `${path}: sorts by locale`),
};

const cycleRule: Rule = {
  name: 'no cycles',
  check(files) {
    // A cycle of types is none at run time, but two files that cannot be understood one by one all the same.
    const targets = new Map(
      files.map(({ path, imports }) => [
        path,
        imports.filter(({ kind }) => kind === 'source').map(({ target }) => target),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      const start = trail.indexOf(path);
      if (start !== -1) cycles.push(`${[...trail.slice(start), path].join(' → ')}: is a cycle`);
      if (start !== -1 || done.has(path)) return;
      for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
      done.add(path);
    };
    for (const { path } of files) visit(path, []);
    return cycles;
  },
};

export const rules: readonly Rule[] = [
  arrowRule,
  oneDoorRule,
  programsRule,
  writeRule,
  groundRule,
  extensionRule,
  existingRule,
  nameRule,
  firstLineRule,
  lengthRule,
  comparisonRule,
  cycleRule,
];

function breaches(
  files: readonly SourceFile[],
  breach: (file: SourceFile, imported: Import) => string | undefined,
): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((imported) => {
      const found = breach(file, imported);
      return found === undefined ? [] : [`${file.path}: ${found}`];
    }),
  );
}
