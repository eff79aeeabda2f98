// Asks the Debian archive that this machine is set up for which versions it has, and downloads packages from it: no root, and
// nothing of the system's package lists is used or changed.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
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
  const state = join(folder, 'apt-state');
  const cache = join(folder, 'apt-cache');
  await mkdir(join(state, 'lists/partial'), { recursive: true });
  await mkdir(join(cache, 'archives/partial'), { recursive: true });
  await writeFile(join(state, 'status'), '');
  const settings = [
    `Dir::State=${state}`,
    `Dir::State::status=${join(state, 'status')}`,
    `Dir::Cache=${cache}`,
    `APT::Architecture=${debianArch}`,
    `APT::Architectures=${debianArch}`,
    'APT::Sandbox::User=root', // as root, apt would step down to a user who may not write here
    'Acquire::Languages=none',
  ].flatMap((setting) => ['-o', setting]);
  await update(commands, settings, () => hasLists(join(state, 'lists')), report);
  return {
    async versions(names) {
      const { stdout } = await commands.run('apt-cache', [...settings, 'show', '--', ...names]);
      return parseStanzas(stdout);
    },
    async download(packages, into) {
      const words = packages.map((wanted) => `${wanted.name}=${wanted.version}`);
      await commands.run('apt-get', [...settings, '-q', '-q', 'download', '--', ...words], { cwd: into });
      return (await readdir(into)).filter((name) => name.endsWith('.deb')).map((name) => join(into, name));
    },
  };
}

async function update(
  commands: CommandRunner,
  settings: readonly string[],
  hasSome: () => Promise<boolean>,
  report: Report,
): Promise<void> {
  try {
    await commands.run('apt-get', [...settings, '-q', '-q', '-o', 'APT::Update::Error-Mode=any', 'update']);
  } catch (cause) {
    if (await hasSome()) {
      report('Some lists of Debian packages cannot be fetched; taking what the others offer.');
      return;
    }
    throw new BuildVmError(
      'package-unavailable',
      'The lists of Debian packages cannot be fetched, and packages that the build-VM is made from are not in the cache yet. Check the network and /etc/apt; or bring a build-VM from another machine with "vmb build-vm load FILE".',
      { cause },
    );
  }
}

async function hasLists(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => /_Packages(?:\.|$)/.test(name));
}

/** The packages in the output of `apt-cache show`. */
function parseStanzas(text: string): PinnedInput[] {
  return text.split(/\n\n+/).flatMap((stanza) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1];
    const name = field('Package');
    const architecture = field('Architecture');
    const version = field('Version');
    const sha256 = field('SHA256');
    if (name === undefined || architecture === undefined || version === undefined || sha256 === undefined) return [];
    return [{ name, architecture, version, sha256 }];
  });
}
