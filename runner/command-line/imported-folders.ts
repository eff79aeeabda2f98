// Which folders a path given to `vmb import` means: itself, that of a build file, or those that an import.xml of vm-builder names.
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Mistake } from '../build-file/build-file.ts';
import { buildFileNames } from '../build-file/find-build-files.ts';
import { positionAt } from '../build-file/findings.ts';
import { formatMistakes } from '../build-file/mistakes.ts';
import { readText } from '../build-file/text.ts';
import { type ImportedFolder, importName, readImport } from '../build-file/vm-builder/read-import.ts';
import { isOutside } from '../outside.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';

export interface FolderToImport {
  readonly folder: string;
  /** As the import.xml calls it; the folder's own name otherwise. */
  readonly name: string;
}

/** @throws RunnerError `usage` for a path that leads nowhere, `build-file` for mistakes in an import.xml */
export async function importedFolders(path: string, cwd: string): Promise<FolderToImport[]> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) throw usage(`there is no ${path}; correct the path`);
  if (facts.isDirectory()) {
    const list = join(path, importName);
    const isListed = (await stat(list).catch(() => undefined)) !== undefined;
    return isListed ? listedFolders(list, cwd) : [{ folder: path, name: basename(path) }];
  }
  if (basename(path) === importName) return listedFolders(path, cwd);
  const folder = dirname(path);
  if (buildFileNames.includes(basename(path))) return [{ folder, name: basename(folder) }];
  const names = [...buildFileNames, importName].join(', ');
  throw usage(`${path} is no build file, because those are called ${names}; name one of them, or a folder`);
}

async function listedFolders(file: string, cwd: string): Promise<FolderToImport[]> {
  const text = await readText(file);
  if (!text.ok)
    throw mistaken([{ position: positionAt(file, text.place), where: '', what: text.what, remedy: text.remedy }], cwd);
  const read = readImport(text.text);
  if (!read.ok) {
    const mistakes = read.problems.map(({ place, where, what, remedy }) => {
      return { position: positionAt(file, place), where, what, remedy };
    });
    throw mistaken(mistakes, cwd);
  }
  const found: FolderToImport[] = [];
  const mistakes: Mistake[] = [];
  for (const one of read.folders) {
    const folder = resolve(dirname(file), one.path);
    const mistake = await mistakeOf(one, folder, file);
    if (mistake === undefined) found.push({ folder, name: one.name ?? basename(folder) });
    else mistakes.push(mistake);
  }
  if (mistakes.length > 0) throw mistaken(mistakes, cwd);
  return found;
}

/** Only what lies beside the import.xml is its to name. */
async function mistakeOf(one: ImportedFolder, folder: string, file: string): Promise<Mistake | undefined> {
  const position = positionAt(file, one.place);
  const real = await realpath(folder).catch(() => folder);
  if (isOutside(folder, dirname(file)) || isOutside(real, await realpath(dirname(file)))) {
    const what = `${quoted(one.path)} leads out of the folder of the ${importName}`;
    return { position, where: 'path', what, remedy: 'import that folder by itself' };
  }
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory() === true) return undefined;
  return { position, where: 'path', what: `there is no folder ${quoted(one.path)}`, remedy: 'correct the path' };
}

function mistaken(mistakes: readonly Mistake[], cwd: string): RunnerError {
  return new RunnerError('build-file', formatMistakes(mistakes, cwd));
}

function usage(message: string): RunnerError {
  return new RunnerError('usage', `--path: ${message}.`);
}
