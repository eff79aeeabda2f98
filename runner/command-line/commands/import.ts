// `vmb import`: registers a folder of build files under a name, after every build file in it has been read.
import { resolve } from 'node:path';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import type { BuildFile, Mistake } from '../../build-file/build-file.ts';
import { buildFileName, findBuildFiles } from '../../build-file/find-build-files.ts';
import type { Library } from '../../build-file/library.ts';
import { formatMistakes } from '../../build-file/mistakes.ts';
import { readBuildFile } from '../../build-file/read-variants.ts';
import { isPlainName, plainNameSays } from '../../plain-name.ts';
import { printable, quoted } from '../../printable.ts';
import { RunnerError } from '../../runner-error.ts';
import { registeredBuilds } from '../../state/registered-builds.ts';
import { bundledName, listRepositories, type Repository, writeRepository } from '../../state/repositories.ts';
import { copyRepository, removeCopy } from '../../state/repository-copy.ts';
import { workingCopyOf, workingCopyText } from '../../state/working-copy.ts';
import type { CommandDefinition, Context, Input } from '../command.ts';
import { type DraftedFile, draftBuilds } from '../draft-builds.ts';
import { importedFolders } from '../imported-folders.ts';

export const command: CommandDefinition = {
  name: 'import',
  summary: 'Register a folder of build files',
  options: [
    {
      flags: '--path <path>',
      summary: 'folder with build files, one build file, or an import.xml of vm-builder',
      required: true,
    },
    { flags: '--as <name>', summary: 'name of the repository; the folder’s by default' },
    { flags: '--copy', summary: 'keep a copy, so that later changes in the folder change nothing' },
  ],
  details: [
    'Every build file in the folder is read first. With a mistake in any of them nothing is registered.',
    'Without --copy the folder is used where it lies. Of a git working copy the commit is remembered (`vmb list --json`).',
    'Registering another folder under the same name replaces the first; `vmb forget` ends a registration.',
    '  vmb import --path ../builds --as mine',
    '  vmb import --path web/build.toml --copy',
  ],
  async run(input, context) {
    const folders = await importedFolders(resolve(context.cwd, input.text('path') ?? ''), context.cwd);
    const as = input.text('as');
    if (as !== undefined && folders.length > 1) {
      const names = folders.map(({ name }) => name).join(', ');
      throw usage(
        `--as: several folders are to be imported (${names}), which cannot all be ${quoted(as)}; leave it out.`,
      );
    }
    for (const { folder, name } of folders) await importFolder(folder, as ?? name, input, context);
    return 0;
  },
};

/** @throws as `run` */
async function importFolder(folder: string, name: string, input: Input, context: Context): Promise<void> {
  checkName(name, input.text('as') === undefined);
  const registered = await listRepositories(context.folders.config, context.imagesFolder);
  const earlier = registered.find((repository) => repository.name === name);
  const library = registeredBuilds([...registered.filter((one) => one !== earlier), { name, folder }]);
  const buildFiles = await readAll({ name, folder }, library, context);
  const git = await workingCopyOf(folder, context.environment, localCommands, context.signal);
  const copy = input.flag('copy')
    ? await copyRepository(folder, name, context.folders.state, context.signal)
    : undefined;
  const placed = copy === undefined ? { folder } : { folder: copy, copyOf: folder };
  await writeRepository(context.folders.config, { name, ...placed, ...(git === undefined ? {} : { git }) });
  if (copy === undefined) await removeCopy(name, context.folders.state);
  const before = earlier?.copyOf ?? earlier?.folder;
  const instead = before === undefined || before === folder ? '' : `, in place of ${before}`;
  const what = copy === undefined ? folder : `a copy of ${folder}`;
  const at = git === undefined ? '' : `, at ${workingCopyText(git)}`;
  const count = buildFiles.length === 1 ? '1 build' : `${buildFiles.length} builds`;
  context.stdout.write(`The repository ${quoted(name)} is ${printable(what)}${at}${printable(instead)}: ${count}.\n`);
  for (const line of commandsFor(name, buildFiles)) context.stdout.write(`  ${line}\n`);
}

/** A command line for each build, with as much as it takes to mean that one. */
function commandsFor(repository: string, buildFiles: readonly BuildFile[]): string[] {
  return buildFiles.map(({ name, version, arch }) => {
    const alike = buildFiles.filter((other) => other.name === name);
    const isOne = (key: 'version' | 'arch') => new Set(alike.map((other) => other[key])).size === 1;
    const which = [isOne('version') ? '' : ` --version ${version}`, isOne('arch') ? '' : ` --arch ${arch}`];
    return `vmb build --repo ${repository} --name ${name}${which.join('')}`;
  });
}

function checkName(name: string, isFromFolder: boolean): void {
  if (name === bundledName) {
    throw usage(
      `--as: ${quoted(name)} is the name of the repository that comes with vmb; choose another one with --as.`,
    );
  }
  if (isPlainName(name)) return;
  const origin = isFromFolder ? `--path: the folder’s name ${quoted(name)}` : `--as: ${quoted(name)}`;
  throw usage(`${origin} cannot be a repository’s, because names are made of ${plainNameSays}; choose one with --as.`);
}

/** @throws RunnerError `usage` for the folder, `build-file` with every mistake in its build files */
async function readAll({ name, folder }: Repository, library: Library, context: Context): Promise<BuildFile[]> {
  const paths = await findBuildFiles(folder);
  if (paths.length === 0) {
    throw usage(`--path: no ${buildFileName} was found in ${folder}; name a folder that has build folders in it.`);
  }
  const buildFiles: BuildFile[] = [];
  const mistakes: Mistake[] = [];
  for (const path of paths) {
    const read = await check({ path, repository: name, library, vars: new Map(), state: 'unlocked' }, context);
    if (read.ok) buildFiles.push(read.buildFile);
    else mistakes.push(...read.mistakes);
  }
  mistakes.push(...sameNames(buildFiles));
  if (mistakes.length > 0) throw new RunnerError('build-file', formatMistakes(distinct(mistakes), context.cwd));
  return buildFiles;
}

/** Reads and plans it; `vmb lock` comes after an import. Without a build-VM there is nothing to plan with: then it is only read. */
async function check(file: DraftedFile, context: Context): Promise<CheckedFile> {
  try {
    const drafted = await draftBuilds(file, context);
    if (!drafted.ok) return drafted;
    const [draft] = drafted.drafts;
    if (draft !== undefined) return { ok: true, buildFile: draft.buildFile };
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== 'no-build-vm') throw error;
  }
  const { environment, registry } = context;
  return readBuildFile(file.path, { ...file, environment, jobs: registry });
}

type CheckedFile =
  | { readonly ok: true; readonly buildFile: BuildFile }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** What several builds inherit or begin with is one mistake. */
function distinct(mistakes: readonly Mistake[]): Mistake[] {
  return [...new Map(mistakes.map((mistake) => [JSON.stringify(mistake), mistake])).values()];
}

/** Build files that nothing could tell apart. */
function sameNames(buildFiles: readonly BuildFile[]): Mistake[] {
  const first = new Map<string, BuildFile>();
  return buildFiles.flatMap((buildFile) => {
    const key = [buildFile.name, buildFile.version, buildFile.arch].join(' ');
    const other = first.get(key);
    first.set(key, other ?? buildFile);
    if (other === undefined) return [];
    const what = `${key} is also what ${other.path} makes`;
    const position = { file: buildFile.path, line: 1, column: 1 };
    return [{ position, where: '', what, remedy: 'give one of them another name, version or arch' }];
  });
}

function usage(message: string): RunnerError {
  return new RunnerError('usage', message);
}
