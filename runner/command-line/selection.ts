// Finds the build file that `--repo r --name n [--arch a] [--version v]` means.

import { didYouMean } from '../build-file/did-you-mean.ts';
import { type BuildFileHead, findBuildFiles, readHead } from '../build-file/find-build-files.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import { listRepositories, type Repository } from '../state/repositories.ts';
import type { Context, Input, OptionDefinition } from './command.ts';

export const selectionOptions: readonly OptionDefinition[] = [
  { flags: '--repo <name>', summary: 'repository that has the build', required: true },
  { flags: '--name <name>', summary: 'name of the build', required: true },
  { flags: '--arch <arch>', summary: 'its architecture, where there are several' },
  { flags: '--version <version>', summary: 'its version, where there are several' },
  { flags: '--var <name=value>', summary: 'set one of its variables', repeatable: true },
];

export const sessionOption: OptionDefinition = {
  flags: '--session-per-step',
  summary: 'boot the build-VM anew for each step: the same bytes, slower',
};

export interface Selection {
  readonly repository: string;
  /** Path of the build file. */
  readonly path: string;
  readonly vars: ReadonlyMap<string, string>;
}

/** @throws RunnerError `usage`, with what there is to choose from */
export async function select(input: Input, context: Context): Promise<Selection> {
  const vars = varsOf(input.texts('var'));
  const repository = await findRepository(input.text('repo') ?? '', context);
  const heads = await headsOf(repository);
  const wanted = { name: input.text('name'), arch: input.text('arch'), version: input.text('version') };
  const path = chooseHead(heads, wanted, repository.name).path;
  return { repository: repository.name, path, vars };
}

async function findRepository(name: string, context: Context): Promise<Repository> {
  const repositories = await listRepositories(context.folders.config, context.imagesFolder);
  const found = repositories.find((repository) => repository.name === name);
  if (found !== undefined) return found;
  const names = repositories.map((repository) => repository.name);
  throw usage(
    `--repo: there is no repository ${quoted(name)}${didYouMean(name, names)}; use one of: ${names.join(', ')}, or register a folder with \`vmb import\`.`,
  );
}

async function headsOf({ name, folder }: Repository): Promise<BuildFileHead[]> {
  const paths = await findBuildFiles(folder).catch((cause: unknown) => {
    throw new RunnerError(
      'usage',
      `--repo: the folder of the repository ${quoted(name)} cannot be read: ${folder}; bring it back, or register another one under this name with \`vmb import\`.`,
      { cause },
    );
  });
  return Promise.all(paths.map(readHead));
}

type Wanted = Readonly<Record<'name' | 'arch' | 'version', string | undefined>>;

/** The one build file that fits. @throws RunnerError `usage` */
function chooseHead(heads: readonly BuildFileHead[], wanted: Wanted, repository: string): BuildFileHead {
  let fitting = heads;
  for (const key of ['name', 'arch', 'version'] as const) {
    const value = wanted[key];
    if (value === undefined) continue;
    const before = fitting;
    fitting = before.filter((head) => head[key] === value);
    if (fitting.length === 0) throw nothingFits(key, value, before, repository);
  }
  const [first, ...others] = fitting;
  if (first !== undefined && others.length === 0) return first;
  const choices = fitting.map((head) => `  ${describeHead(head)}`).sort();
  throw usage(`--name: several builds fit; say which one with --arch and --version:\n${choices.join('\n')}`);
}

function nothingFits(
  key: keyof Wanted,
  value: string,
  heads: readonly BuildFileHead[],
  repository: string,
): RunnerError {
  const known = [...new Set(heads.flatMap((head) => head[key] ?? []))].sort();
  const unreadable = heads.filter((head) => head.name === undefined).map((head) => `\n  ${head.path}`);
  const beside =
    unreadable.length === 0 ? '' : `\nThese build files have no name that can be read:${unreadable.join('')}`;
  const choice = known.length === 0 ? 'there is none' : `there is: ${known.join(', ')}`;
  const word = { name: 'build', arch: 'architecture', version: 'version' }[key];
  return usage(
    `--${key}: the repository ${quoted(repository)} has no ${word} ${quoted(value)}${didYouMean(value, known)}; ${choice}.${beside}`,
  );
}

/** "hello-efi 1 x86_64" */
function describeHead(head: BuildFileHead): string {
  return [head.name ?? '?', head.version ?? '?', head.arch ?? '?'].join(' ');
}

function varsOf(texts: readonly string[]): Map<string, string> {
  const vars = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) throw usage(`--var ${quoted(text)}: this sets no variable; write --var name=value.`);
    const name = text.slice(0, equals);
    if (vars.has(name)) throw usage(`--var ${name}: this variable is set twice; set it once.`);
    vars.set(name, text.slice(equals + 1));
  }
  return vars;
}

function usage(message: string): RunnerError {
  return new RunnerError('usage', message);
}
