// Compiles a library that is preloaded before programs of the build-VM: for its architecture, out of one file of C.
import { chmod } from 'node:fs/promises';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { archFacts, type BuildVmArch } from './arch.ts';
import { type preloadNames, preloadSource, type Sources } from './sources.ts';

export interface PreloadOptions {
  readonly arch: BuildVmArch;
  readonly sources: Sources;
  readonly commands: CommandRunner;
}

/** By the compiler of the kernel, which has the C library's headers for one architecture only: without headers and library. */
export async function compilePreload(
  file: string,
  name: (typeof preloadNames)[number],
  { arch, sources, commands }: PreloadOptions,
): Promise<void> {
  const bare = ['-nostdlib', '-ffreestanding', '-fno-stack-protector', '-fno-ident', '-Wl,--build-id=none'];
  await commands.run('gcc', [
    ...[archFacts[arch].compilerOption, '-O2', '-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', ...bare],
    ...['-o', file, preloadSource(sources, name)],
  ]);
  await chmod(file, 0o644);
}
