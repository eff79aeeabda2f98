// Makes the build-VM a second time under circumstances that must not matter, and compares all its files.
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { BuildVm } from './build-vm.ts';
import { BuildVmError } from './build-vm-error.ts';
import { cacheLayout } from './cache-layout.ts';
import { buildVmFileNames } from './file-names.ts';
import { findBuildVm } from './find-build-vm.ts';
import { type MakeOptions, makeBuildVm } from './make-build-vm.ts';
import { rolesOfFiles } from './manifest.ts';

/** How to start another process that makes the build-VM into another cache. */
export interface SecondMaker {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cacheFolder: string;
}

export interface CheckOptions extends MakeOptions {
  /** @param homeFolder a new folder, which the second maker owns */
  readonly secondMaker: (homeFolder: string) => SecondMaker;
}

/** Debian's user `nobody`. */
const otherUserId = 65_534;

/**
 * Compiles everything once more: in another folder, under umask 077, another time zone, locale and user name (another user as
 * well when this is root).
 * @throws BuildVmError `not-reproducible` naming the files that differ, `input-wrong` when somebody edits the sources meanwhile.
 */
export async function checkBuildVm(options: CheckOptions): Promise<BuildVm> {
  const first = await makeBuildVm(options);
  const home = await mkdtemp(join(tmpdir(), 'vmb-made-elsewhere-'));
  try {
    const second = await makeElsewhere(join(home, 'in/a/longer/path'), options);
    if (second.manifest.sourceDigest !== first.manifest.sourceDigest) {
      throw new BuildVmError(
        'input-wrong',
        'A file that the build-VM is made from was changed during the check, so there is nothing to compare. Run it again.',
      );
    }
    const different = rolesOfFiles().filter((role) => {
      return first.manifest.files[role].sha256 !== second.manifest.files[role].sha256;
    });
    if (different.length === 0) return first;
    throw new BuildVmError(
      'not-reproducible',
      `The build-VM was made twice, and these files differ: ${different.map((role) => buildVmFileNames[role]).join(', ')}. The first ones are in ${first.folder}; run the check again with "cmp" at hand to look at both.`,
    );
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function makeElsewhere(homeFolder: string, options: CheckOptions): Promise<BuildVm> {
  const maker = options.secondMaker(homeFolder);
  await copyPackages(options.cacheFolder, maker.cacheFolder);
  const prefix = await userPrefix(homeFolder, maker, options);
  options.report('Making the build-VM a second time, elsewhere.');
  const command = [...prefix, 'sh', '-c', 'umask 077; exec "$@"', 'sh', maker.file, ...maker.args];
  await options.commands.run(command[0] ?? 'sh', command.slice(1), {
    env: {
      ...maker.env,
      HOME: homeFolder,
      LC_ALL: 'tr_TR.UTF-8',
      LOGNAME: 'somebody',
      TZ: 'Pacific/Kiritimati',
      USER: 'somebody',
    },
    onLine: options.report,
  });
  const made = findBuildVm({ ...options, cacheFolder: maker.cacheFolder });
  if (made === undefined) throw new Error(`Internal error: the second maker left nothing in ${maker.cacheFolder}`);
  return made;
}

/** The inputs are the same, so they are not fetched again; everything else starts from nothing. */
async function copyPackages(from: string, to: string): Promise<void> {
  for (const name of ['packages', 'resolutions']) {
    const source = join(cacheLayout(from).root, name);
    const target = join(cacheLayout(to).root, name);
    await mkdir(target, { recursive: true });
    for (const file of await readdir(source).catch(() => [])) await copyFile(join(source, file), join(target, file));
  }
}

/** The words that start a command as another user, when this is root and that user can read the program. */
async function userPrefix(homeFolder: string, maker: SecondMaker, options: CheckOptions): Promise<string[]> {
  if (userInfo().uid !== 0) return [];
  const prefix = ['setpriv', `--reuid=${otherUserId}`, `--regid=${otherUserId}`, '--clear-groups', '--'];
  const readable = ['test', '-r', maker.args[0] ?? '/'];
  const probe = await options.commands.run('setpriv', [...prefix.slice(1), ...readable], { okExitCodes: [0, 1] });
  if (probe.exitCode !== 0) {
    options.report('The other user may not read this checkout; the second time is made by the same user.');
    return [];
  }
  await giveAway(homeFolder);
  return prefix;
}

/** Gives all below `folder` to the other user, and opens the way to it. */
async function giveAway(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true }))
    await chown(join(folder, entry), otherUserId, otherUserId);
  await chown(folder, otherUserId, otherUserId);
  for (let above = join(folder, '..'); above !== tmpdir(); above = join(above, '..')) await chmod(above, 0o755);
}
