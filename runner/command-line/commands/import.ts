// `vmb import`: registers a folder of build files under a name, after every build file in it has been read.
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { BuildFile, Mistake } from '../../build-file/build-file.ts';
import { buildFileName, findBuildFiles } from '../../build-file/find-build-files.ts';
import { formatMistakes } from '../../build-file/mistakes.ts';
import { readBuildFile } from '../../build-file/read-build-file.ts';
import { isPlainName, plainNameSays } from '../../plain-name.ts';
import { quoted } from '../../printable.ts';
import { RunnerError } from '../../runner-error.ts';
import { bundledName, listRepositories, writeRepository } from '../../state/repositories.ts';
import type { CommandDefinition, Context } from '../command.ts';

export const command: CommandDefinition = {
  name: 'import',
  summary: 'Register a folder of build files',
  options: [
    { flags: '--path <folder>', summary: 'folder with build files; it is used where it lies', required: true },
    { flags: '--as <name>', summary: 'name of the repository; the folder’s by default' },
  ],
  details: [
    'Every build file in the folder is read first. With a mistake in any of them nothing is registered.',
    'Registering another folder under the same name replaces the first.',
  ],
  async run(input, context) {
    const folder = resolve(context.cwd, input.text('path') ?? '');
    const name = input.text('as') ?? basename(folder);
    checkName(name, input.text('as') === undefined);
    const buildFiles = await readAll(folder, context);
    const earlier = (await listRepositories(context.folders.config, context.imagesFolder)).find(
      (repository) => repository.name === name,
    );
    await writeRepository(context.folders.config, { name, folder });
    const instead = earlier === undefined || earlier.folder === folder ? '' : `, in place of ${earlier.folder}`;
    const count = buildFiles.length === 1 ? '1 build' : `${buildFiles.length} builds`;
    context.stdout.write(`The repository ${quoted(name)} is ${folder}${instead}: ${count}.\n`);
    for (const { name: build } of buildFiles) context.stdout.write(`  vmb build --repo ${name} --name ${build}\n`);
    return 0;
  },
};

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
async function readAll(folder: string, context: Context): Promise<BuildFile[]> {
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory() !== true) throw usage(`--path: there is no folder ${folder}; correct the path.`);
  const paths = await findBuildFiles(folder);
  if (paths.length === 0) {
    throw usage(`--path: no ${buildFileName} was found in ${folder}; name a folder that has build folders in it.`);
  }
  const buildFiles: BuildFile[] = [];
  const mistakes: Mistake[] = [];
  for (const path of paths) {
    const read = await readBuildFile(path, {
      vars: new Map(),
      environment: context.environment,
      jobs: context.registry,
    });
    if (read.ok) buildFiles.push(read.buildFile);
    else mistakes.push(...read.mistakes);
  }
  mistakes.push(...sameNames(buildFiles));
  if (mistakes.length > 0) throw new RunnerError('build-file', formatMistakes(mistakes, context.cwd));
  return buildFiles;
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
