// The host's packages that compile the kernel: are they there, in which versions, and a digest over what they installed.
import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { BuildVmError } from './build-vm-error.ts';
import { sha256OfFile } from './digest.ts';
import type { PinnedTool } from './inputs-lock.ts';
import type { ManifestPackage } from './manifest.ts';
import { toolchainPackages } from './packages.ts';

/**
 * Installed versions, sorted by name.
 * @throws BuildVmError `host-unsuited` when this is no Debian, or with the list of packages to install.
 */
export async function installedToolchain(commands: CommandRunner): Promise<PinnedTool[]> {
  const format = '${db:Status-Status} ${Package} ${Architecture} ${Version}\n';
  const query = await commands
    .run('dpkg-query', ['--show', `--showformat=${format}`, ...toolchainPackages], { okExitCodes: [0, 1] })
    .catch((cause: unknown) => {
      throw new BuildVmError(
        'host-unsuited',
        'A build-VM is compiled with the packages of Debian 12, and this machine has no dpkg. Make one on a Debian 12 machine, "vmb build-vm save FILE" there, and "vmb build-vm load FILE" here.',
        { cause },
      );
    });
  const tools = query.stdout.split('\n').flatMap((line): PinnedTool[] => {
    const [status, name, architecture, version] = line.split(' ');
    if (status !== 'installed' || name === undefined || architecture === undefined || version === undefined) return [];
    return [{ name, architecture, version }];
  });
  const missing = toolchainPackages.filter((name) => !tools.some((tool) => tool.name === name));
  if (missing.length > 0) {
    throw new BuildVmError(
      'host-unsuited',
      `These Debian packages are needed to compile the build-VM and are not installed: ${missing.join(' ')}. Run "make setup", or "apt-get install ${missing.join(' ')}" as root.`,
    );
  }
  return tools.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The same with a SHA-256 over the paths and contents of each package's files (documentation left out): an installed package
 * no longer has the digest of its .deb.
 */
export async function toolchainWithDigests(
  tools: readonly PinnedTool[],
  commands: CommandRunner,
): Promise<ManifestPackage[]> {
  const packages: ManifestPackage[] = [];
  for (const tool of tools) {
    const { stdout } = await commands.run('dpkg-query', ['--listfiles', tool.name]);
    const hash = createHash('sha256');
    for (const path of stdout.split('\n').filter(isPartOfTool).sort()) {
      const facts = await lstat(path).catch(() => undefined);
      if (facts?.isFile() === true) hash.update(`${path}\n${await sha256OfFile(path)}\n`);
    }
    packages.push({ ...tool, sha256: hash.digest('hex') });
  }
  return packages;
}

function isPartOfTool(path: string): boolean {
  return path.startsWith('/') && !/^\/usr\/share\/(doc|info|lintian|locale|man)(\/|$)/.test(path);
}
