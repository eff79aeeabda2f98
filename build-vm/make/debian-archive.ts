// Asks the Debian archive that this machine is set up for which versions it has, and downloads packages from it.
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { openApt } from './apt.ts';
import type { Report } from './build-vm.ts';
import { BuildVmError } from './build-vm-error.ts';
import type { PinnedInput } from './inputs-lock.ts';

export interface DebianArchive {
  /** All versions of these packages that the archive has, the one that apt would install first of each. */
  versions(names: readonly string[]): Promise<PinnedInput[]>;
  /** Downloads exactly these; the files' names are Debian's. */
  download(packages: readonly PinnedInput[], folder: string): Promise<string[]>;
}

/**
 * Opens the archive with package lists of its own below `folder`, which the caller removes afterwards. Where some lists cannot
 * be fetched it says so and goes on with the others: pinned packages are compared with their digests in any case.
 * @throws BuildVmError `package-unavailable` when no list can be fetched.
 */
export async function openDebianArchive(
  folder: string,
  debianArch: string,
  commands: CommandRunner,
  report: Report,
): Promise<DebianArchive> {
  const apt = await openApt(folder, debianArch, commands);
  const { lists, cause } = await apt.update();
  if (lists === 'some') report('Some lists of Debian packages cannot be fetched; taking what the others offer.');
  if (lists === 'none') {
    throw new BuildVmError(
      'package-unavailable',
      'The lists of Debian packages cannot be fetched, and packages that the build-VM is made from are not in the cache yet. Check the network and /etc/apt; or bring a build-VM from another machine with "vmb build-vm load FILE".',
      { cause },
    );
  }
  return {
    async versions(names) {
      const packages = await apt.show(names);
      return packages.map(({ name, architecture, version, sha256 }) => ({ name, architecture, version, sha256 }));
    },
    download: (packages, into) =>
      apt.download(
        packages.map((wanted) => `${wanted.name}=${wanted.version}`),
        into,
      ),
  };
}
