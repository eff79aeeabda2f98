// Collects from unpacked packages the files that the guest's programs need, shared libraries found by reading ELF headers.
import { lstat, readFile, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ArchFacts } from './arch.ts';
import { BuildVmError } from './build-vm-error.ts';
import { readElfNeeds } from './elf.ts';
import { listFiles } from './list-files.ts';
import { type GuestProgram, gconvModules, guestSettings, localeFolder } from './packages.ts';

/**
 * Maps each path in the guest to the file below `unpackedFolder` that has its bytes. A library is stored under the name that
 * programs ask for (libc.so.6), not under that of its version.
 * @throws BuildVmError `input-wrong` naming the program or library that no package holds.
 */
export async function collectFiles(
  unpackedFolder: string,
  programs: readonly GuestProgram[],
  arch: ArchFacts,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const program of programs) {
    files.set(program.path, await present(unpackedFolder, program.path, `package ${program.from}`));
  }
  files.set('/bin/busybox', await present(unpackedFolder, '/bin/busybox', 'busybox'));
  for (const path of guestSettings) files.set(path, await present(unpackedFolder, path, 'the table of settings'));
  const gconvFolder = `/usr/lib/${arch.libraryFolder}/gconv`;
  for (const name of gconvModules) {
    const path = `${gconvFolder}/${name}`;
    files.set(path, await present(unpackedFolder, path, 'the table of converters'));
  }
  for (const name of listFiles(join(unpackedFolder, localeFolder))) {
    files.set(`${localeFolder}/${name}`, join(unpackedFolder, localeFolder, name));
  }
  await addLibraries(files, unpackedFolder, arch);
  return files;
}

/** The same for the tools image: programs, what they need, and files by the path below /share that they get. */
export async function collectTools(
  unpackedFolder: string,
  programs: readonly GuestProgram[],
  libraries: readonly string[],
  sharedFiles: ReadonlyMap<string, string>,
  arch: ArchFacts,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { path, from } of programs) files.set(path, await present(unpackedFolder, path, `package ${from}`));
  const folder = `/lib/${arch.libraryFolder}`;
  for (const name of libraries) {
    files.set(`${folder}/${name}`, await present(unpackedFolder, `${folder}/${name}`, 'the table of libraries'));
  }
  await addLibraries(files, unpackedFolder, arch);
  for (const [name, path] of sharedFiles) {
    files.set(`/share/${name}`, await present(unpackedFolder, path, 'the table of shared files'));
  }
  return files;
}

/** Walks from the files that are there to all that they need, until nothing new comes. */
async function addLibraries(files: Map<string, string>, unpackedFolder: string, arch: ArchFacts): Promise<void> {
  const folders = [`/lib/${arch.libraryFolder}`, `/usr/lib/${arch.libraryFolder}`];
  const interpreterNames = new Set<string>();
  const open = [...files.entries()];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, file] = next;
    const needs = readElfNeeds(await readFile(file));
    if (needs === undefined) continue;
    if (needs.interpreter !== undefined && !files.has(needs.interpreter)) {
      interpreterNames.add(posix.basename(needs.interpreter));
      const source = await present(unpackedFolder, needs.interpreter, `program interpreter of ${path}`);
      files.set(needs.interpreter, source);
      open.push([needs.interpreter, source]);
    }
    for (const library of needs.libraries) {
      if (interpreterNames.has(library) || folders.some((folder) => files.has(`${folder}/${library}`))) continue;
      const found = await findLibrary(unpackedFolder, folders, library, path);
      files.set(...found);
      open.push(found);
    }
  }
}

async function findLibrary(
  unpackedFolder: string,
  folders: readonly string[],
  library: string,
  neededBy: string,
): Promise<[string, string]> {
  for (const folder of folders) {
    const path = `${folder}/${library}`;
    const file = await resolveIn(unpackedFolder, path);
    if (file !== undefined) return [path, file];
  }
  throw new BuildVmError(
    'input-wrong',
    `build-vm/make: ${neededBy} needs ${library}, which no unpacked package holds. Add the package that holds it to libraryPackages in packages.ts, or supportPackages in tool-packages.ts.`,
  );
}

async function present(unpackedFolder: string, path: string, where: string): Promise<string> {
  const file = await resolveIn(unpackedFolder, path);
  if (file !== undefined) return file;
  throw new BuildVmError(
    'input-wrong',
    `build-vm/make: ${path} (${where}) is not in the unpacked packages. Correct its path or its package in packages.ts or tool-packages.ts.`,
  );
}

/** The regular file at `path` of the guest; links are followed as the guest would, so an absolute one stays inside. */
async function resolveIn(unpackedFolder: string, path: string, linksLeft = 8): Promise<string | undefined> {
  const file = join(unpackedFolder, path);
  const facts = await lstat(file).catch(() => undefined);
  if (facts?.isFile() === true) return file;
  if (facts?.isSymbolicLink() !== true || linksLeft === 0) return undefined;
  return resolveIn(unpackedFolder, posix.resolve(posix.dirname(path), await readlink(file)), linksLeft - 1);
}
