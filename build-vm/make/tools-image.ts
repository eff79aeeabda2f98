// Makes the tools image: a squashfs with the programs that jobs need and that are too large for the initramfs. A step that needs
// them has it mounted; their libraries are found there, and in the initramfs first of all ld.so.
import { chmod, copyFile, mkdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { archFacts, type BuildVmArch } from './arch.ts';
import { collectFiles, collectTools } from './collect-files.ts';
import { prepareTools, type ToolOptions } from './maker-tools.ts';
import { guestPrograms } from './packages.ts';
import { compilePreload } from './preload.ts';
import { type Sources, ufsFileNames } from './sources.ts';
import { toolFiles, toolLibraries, toolPrograms } from './tool-packages.ts';

export interface ToolsImageOptions extends ToolOptions {
  readonly arch: BuildVmArch;
  readonly sources: Sources;
  /** Packages for the build-VM's architecture, unpacked over each other. */
  readonly guestFolder: string;
}

/** Writes the image to `file`. Its bytes depend on packages only. */
export async function makeToolsImage(file: string, options: ToolsImageOptions): Promise<void> {
  const root = join(options.workFolder, 'tools-image');
  const facts = archFacts[options.arch];
  const inInitramfs = await collectFiles(options.guestFolder, guestPrograms, facts);
  const collected = await collectTools(options.guestFolder, toolPrograms, toolLibraries, toolFiles, facts);
  const names = new Set(toolPrograms.map(({ path }) => path));
  for (const [path, source] of collected) {
    if (names.has(path)) await stage(join(root, 'bin', basename(path)), source, 0o755);
    else if (path.startsWith('/share/')) await stage(join(root, path), source, 0o644);
    else if (!inInitramfs.has(path)) await stage(join(root, 'lib', basename(path)), source, 0o644);
  }
  for (const { path, links = [] } of toolPrograms) {
    for (const name of links) await symlink(basename(path), join(root, 'bin', name));
  }
  await compilePreload(join(root, 'lib/vmb-fixed.so'), 'fixed', options);
  await compileMkufs(join(root, 'bin/mkufs'), options);
  for (const folder of ['', 'bin', 'lib', 'share', 'share/syslinux']) await chmod(join(root, folder), 0o755);
  const tools = await prepareTools(options);
  // The times are those of SOURCE_DATE_EPOCH. zstd because the guest unpacks it while it starts a program.
  await tools('mksquashfs', [
    ...[root, file, '-noappend', '-quiet', '-no-progress', '-all-root', '-no-xattrs', '-no-exports', '-reproducible'],
    ...['-comp', 'zstd', '-Xcompression-level', '19', '-b', '131072', '-processors', '1'],
  ]);
}

/** By the compiler of the kernel. It has no library of its own for 32 bits, so the C library's files are named one by one. */
async function compileMkufs(file: string, { arch, sources, commands }: ToolsImageOptions): Promise<void> {
  const { compilerOption, processorOptions, startFilesFolder } = archFacts[arch];
  const at = (name: string) => join(startFilesFolder, name);
  const files = ufsFileNames(sources)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(sources.ufsFolder, name));
  await commands.run('gcc', [
    ...[compilerOption, ...processorOptions, '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror'],
    ...['-D_FILE_OFFSET_BITS=64', '-D_TIME_BITS=64', '-fno-ident', '-Wl,--build-id=none', '-s', '-no-pie', '-nostdlib'],
    ...['-o', file, at('crt1.o'), at('crti.o'), ...files, '-lc', at('crtn.o')],
  ]);
  await chmod(file, 0o755);
}

async function stage(to: string, from: string, mode: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, mode);
}
