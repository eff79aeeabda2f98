// Starts programs of unpacked packages through their own ld.so, so that what they write does not depend on what the host has.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { archFacts, hostArch } from './arch.ts';
import { fixedEpochSeconds } from './kernel-recipe.ts';

export interface ToolOptions {
  /** Packages for the host's architecture, unpacked over each other. */
  readonly makerFolder: string;
  readonly workFolder: string;
  readonly commands: CommandRunner;
}

/** Runs one of the tools below in the work folder. */
export type Tools = (name: string, args: readonly string[], input?: string) => Promise<void>;

/** syslinux calls mcopy and mattrib by name, so each tool is a small script in a folder that is the whole PATH. */
export async function prepareTools(options: ToolOptions): Promise<Tools> {
  const { makerFolder, workFolder, commands } = options;
  const { libraryFolder } = archFacts[hostArch];
  const libraries = ['lib', 'usr/lib'].map((folder) => join(makerFolder, folder, libraryFolder));
  const folder = join(workFolder, 'tools');
  await mkdir(folder, { recursive: true });
  const programs: Readonly<Record<string, string>> = {
    'mkfs.fat': 'sbin/mkfs.fat',
    'grub-mkimage': 'usr/bin/grub-mkimage',
    sfdisk: 'sbin/sfdisk',
    syslinux: 'usr/bin/syslinux',
    mattrib: 'usr/bin/mtools -c mattrib',
    mcopy: 'usr/bin/mtools -c mcopy',
    mmd: 'usr/bin/mtools -c mmd',
    mksquashfs: 'usr/bin/mksquashfs',
    mmove: 'usr/bin/mtools -c mmove',
  };
  const loader = join(makerFolder, 'lib', libraryFolder, 'ld-linux-x86-64.so.2');
  for (const [name, program] of Object.entries(programs)) {
    const script = `#!/bin/sh\nexec '${loader}' --library-path '${libraries.join(':')}' '${makerFolder}'/${program} "$@"\n`;
    await writeFile(join(folder, name), script);
    await chmod(join(folder, name), 0o755);
  }
  const env = {
    GCONV_PATH: join(makerFolder, 'usr/lib', libraryFolder, 'gconv'),
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    LOCPATH: join(makerFolder, 'usr/lib/locale'),
    MTOOLS_SKIP_CHECK: '1',
    PATH: `${folder}:/usr/bin:/bin`,
    SOURCE_DATE_EPOCH: String(fixedEpochSeconds),
    TMPDIR: workFolder,
    TZ: 'UTC0',
  };
  return async (name, args, input) => {
    await commands.run(join(folder, name), args, { env, cwd: workFolder, ...(input === undefined ? {} : { input }) });
  };
}
