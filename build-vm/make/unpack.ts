// Unpacks packages into the cache: the guest's and the maker's programs over each other into one folder, the kernel's source.

import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { BuildVmError } from './build-vm-error.ts';
import { type CacheLayout, makeFolder } from './cache-layout.ts';
import { sha256OfFile, sha256OfText } from './digest.ts';
import type { PinnedInput } from './inputs-lock.ts';

/** Packages unpacked over each other. */
export interface UnpackedFolders {
  /** For the build-VM's architecture: what goes into it. */
  readonly guest: string;
  /** For the host's architecture: programs that run while it is made. */
  readonly maker: string;
}

/** The folder with all these packages unpacked over each other. */
export async function unpackPackages(
  layout: CacheLayout,
  packages: readonly PinnedInput[],
  commands: CommandRunner,
): Promise<string> {
  const folder = layout.unpacked(sha256OfText(packages.map((input) => `${input.sha256}\n`).join('')));
  if (existsSync(folder)) return folder;
  await makeFolder(layout.root, async (temporary) => {
    for (const input of packages) await unpack(layout, input, temporary, commands);
    return folder;
  });
  return folder;
}

/** The folder with the kernel's source; parts that no configuration of ours compiles are left out. */
export async function unpackKernelSource(
  layout: CacheLayout,
  source: PinnedInput,
  commands: CommandRunner,
): Promise<string> {
  const folder = layout.kernelSource(source.sha256);
  if (existsSync(folder)) return folder;
  await makeFolder(layout.root, async (temporary) => {
    const package_ = join(temporary, 'package');
    await unpack(layout, source, package_, commands);
    const archiveFolder = join(package_, 'usr/src');
    const [archive] = (await readdir(archiveFolder)).filter((name) => name.endsWith('.tar.xz'));
    if (archive === undefined) {
      throw new BuildVmError(
        'input-wrong',
        `${source.name} ${source.version}: there is no .tar.xz below usr/src in this package.`,
      );
    }
    const unneeded = ['*/drivers/gpu/drm/amd/include', '*/tools/testing', '*/Documentation/translations'];
    await commands.run('tar', [
      ...['--extract', '--xz', '--strip-components=1', '--no-same-owner'],
      ...unneeded.map((pattern) => `--exclude=${pattern}`),
      ...['--file', join(archiveFolder, archive), '--directory', temporary],
    ]);
    await rm(package_, { recursive: true });
    return folder;
  });
  return folder;
}

async function unpack(layout: CacheLayout, input: PinnedInput, folder: string, commands: CommandRunner): Promise<void> {
  const file = layout.package(input.sha256);
  if ((await sha256OfFile(file)) !== input.sha256) {
    await rm(file, { force: true });
    throw new BuildVmError(
      'package-damaged',
      `${file}: this package (${input.name} ${input.version}) was damaged in the cache and is removed now. Run the same command again to fetch it.`,
    );
  }
  await commands.run('dpkg-deb', ['--extract', file, folder]);
}
