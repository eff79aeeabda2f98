// Makes the initramfs: an uncompressed cpio archive, written by the kernel's own gen_init_cpio from a list, without root.

import { copyFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { archFacts, type BuildVmArch } from './arch.ts';
import { collectFiles } from './collect-files.ts';
import { formatCpioList, type RootEntry, type RootParts, rootEntries } from './initramfs-list.ts';
import { fixedEpochSeconds } from './kernel-recipe.ts';
import { guestPrograms } from './packages.ts';
import { compilePreload } from './preload.ts';
import { guestFileNames, type Sources } from './sources.ts';
import type { UnpackedFolders } from './unpack.ts';

export interface InitramfsOptions {
  readonly arch: BuildVmArch;
  readonly sources: Sources;
  readonly folders: UnpackedFolders;
  /** Where usr/gen_init_cpio.c lies. */
  readonly kernelSourceFolder: string;
  /** An empty folder for what is needed meanwhile. */
  readonly workFolder: string;
  readonly commands: CommandRunner;
}

/** Writes the archive below `workFolder` and returns its path. The bytes depend on packages and guest scripts only. */
export async function makeInitramfs(options: InitramfsOptions): Promise<string> {
  const { workFolder, commands } = options;
  const entries = rootEntries({
    programs: guestPrograms,
    packageFiles: await collectFiles(options.folders.guest, guestPrograms, archFacts[options.arch]),
    applets: await readApplets(options),
    guestFiles: await guestFiles(options),
  });
  for (const entry of entries) if (entry.kind === 'file') await stage(entry, workFolder);
  await writeFile(
    join(workFolder, 'list'),
    formatCpioList(entries, (entry) => `stage${entry.path}`),
  );
  const archive = join(workFolder, 'initramfs.cpio');
  const writer = join(workFolder, 'gen_init_cpio');
  await commands.run('gcc', ['-O1', '-o', writer, join(options.kernelSourceFolder, 'usr/gen_init_cpio.c')]);
  // The program writes to standard output, which the command runner takes as text: a shell puts it into the file.
  await commands.run('sh', ['-c', 'exec "$1" -t "$2" list >"$3"', 'sh', writer, String(fixedEpochSeconds), archive], {
    cwd: workFolder,
  });
  return archive;
}

/** gen_init_cpio takes a file's time from the file. */
async function stage(entry: RootEntry & { kind: 'file' }, workFolder: string): Promise<void> {
  const file = join(workFolder, `stage${entry.path}`);
  await mkdir(dirname(file), { recursive: true });
  if ('text' in entry.source) await writeFile(file, entry.source.text);
  else await copyFile(entry.source.file, file);
  await utimes(file, fixedEpochSeconds, fixedEpochSeconds);
}

/** By the host's busybox: the guest's may be a program that this machine cannot run. Debian configures both alike. */
async function readApplets(options: InitramfsOptions): Promise<string[]> {
  const { stdout } = await options.commands.run(join(options.folders.maker, 'bin/busybox'), ['--list']);
  return stdout.split('\n').filter((name) => name !== '');
}

/** The scripts, and the library that gives programs another root. */
async function guestFiles(options: InitramfsOptions): Promise<RootParts['guestFiles']> {
  const library = join(options.workFolder, 'rooted.so');
  await compilePreload(library, 'rooted', options);
  return new Map([...(await readGuestFiles(options.sources)), ['rooted.so', { file: library, isScript: false }]]);
}

async function readGuestFiles(sources: Sources): Promise<Map<string, { file: string; isScript: boolean }>> {
  const files = new Map<string, { file: string; isScript: boolean }>();
  for (const name of guestFileNames(sources)) {
    const file = join(sources.guestFolder, name);
    files.set(name, { file, isScript: (await readFile(file)).subarray(0, 2).toString('latin1') === '#!' });
  }
  return files;
}
