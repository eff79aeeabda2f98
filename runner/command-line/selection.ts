// Finds the build file that `--repo r --name n [--arch a] [--version v]` means.
import { type Choice, chooseHead, describeHead, type WantedBuild } from '../build-file/choose-head.ts';
import { didYouMean } from '../build-file/did-you-mean.ts';
import { type BuildFileHead, findBuildFiles, readHead } from '../build-file/find-build-files.ts';
import type { Library } from '../build-file/library.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import { registeredBuilds } from '../state/registered-builds.ts';
import { listRepositories, type Repository } from '../state/repositories.ts';
import type { Context, Input, OptionDefinition } from './command.ts';

/** Which build; for commands that do not care for variables. */
export const buildOptions: readonly OptionDefinition[] = [
  { flags: '--repo <name>', summary: 'repository that has the build', required: true },
  { flags: '--name <name>', summary: 'name of the build', required: true },
  { flags: '--arch <arch>', summary: 'its architecture, where there are several' },
  { flags: '--version <version>', summary: 'its version, where there are several' },
];

export const selectionOptions: readonly OptionDefinition[] = [
  ...buildOptions,
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
  /** The builds that it may name. */
  readonly library: Library;
  /** Where its artifacts go by default: the name alone where that is enough to mean it. */
  readonly outName: string;
}

/** @throws RunnerError `usage`, with what there is to choose from */
export async function select(input: Input, context: Context): Promise<Selection> {
  const repository = await findRepository(input.text('repo') ?? '', context);
  const heads = await headsOf(repository);
  const wanted = { name: input.text('name'), arch: input.text('arch'), version: input.text('version') };
  const head = chooseOne(heads, wanted, repository.name);
  const isOnly = chooseHead(heads, { ...wanted, arch: undefined, version: undefined }).kind === 'one';
  const outName = isOnly ? `${head.name}` : [head.name, head.version, head.arch].join('-');
  const library = registeredBuilds(await listRepositories(context.folders.config, context.imagesFolder));
  return { repository: repository.name, path: head.path, library, outName };
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

/** The one build file that fits. @throws RunnerError `usage` */
function chooseOne(heads: readonly BuildFileHead[], wanted: WantedBuild, repository: string): BuildFileHead {
  const choice = chooseHead(heads, wanted);
  switch (choice.kind) {
    case 'one':
      return choice.head;
    case 'none':
      throw nothingFits(choice, wanted, repository);
    case 'several': {
      const choices = choice.heads.map((head) => `  ${describeHead(head)}`).sort();
      throw usage(`--name: several builds fit; say which one with --arch and --version:\n${choices.join('\n')}`);
    }
  }
}

function nothingFits(
  choice: Extract<Choice, { kind: 'none' }>,
  { name }: WantedBuild,
  repository: string,
): RunnerError {
  const { key, value, known, among } = choice;
  const unreadable = among.filter((head) => head.name === undefined).map((head) => `\n  ${head.path}`);
  const beside =
    unreadable.length === 0 ? '' : `\nThese build files have no name that can be read:${unreadable.join('')}`;
  const there = known.length === 0 ? 'there is none' : `there is: ${known.join(', ')}`;
  const word = { name: 'build', arch: 'architecture', version: 'version' }[key];
  const of = key === 'name' ? '' : ` of ${quoted(name)}`;
  return usage(
    `--${key}: the repository ${quoted(repository)} has no ${word} ${quoted(value)}${of}${didYouMean(value, known)}; ${there}.${beside}`,
  );
}

/** What `--var` sets. @throws RunnerError `usage` */
export function readVarOptions(texts: readonly string[]): Map<string, string> {
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
