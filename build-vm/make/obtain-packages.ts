// Brings every package that a build-VM is made from into the cache: the pinned version if the archive still has it, else the
// present one, saying so. Once they are there it asks nobody.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import type { Report } from './build-vm.ts';
import { BuildVmError } from './build-vm-error.ts';
import { type CacheLayout, replaceFile, temporaryName } from './cache-layout.ts';
import { type DebianArchive, openDebianArchive } from './debian-archive.ts';
import { sha256OfFile, sha256OfText } from './digest.ts';
import { formatInputsLock, type InputsLock, type PinnedInput, parseInputsLock } from './inputs-lock.ts';

export interface ObtainOptions {
  readonly layout: CacheLayout;
  /** As Debian names it. */
  readonly debianArch: string;
  readonly names: readonly string[];
  readonly lock: InputsLock;
  readonly commands: CommandRunner;
  readonly report: Report;
}

/** The packages to make from, in the order of `names`; their files are in the cache. */
export async function obtainPackages(options: ObtainOptions): Promise<PinnedInput[]> {
  const pins = pinsOf(options);
  const isThere = (input: PinnedInput) => existsSync(options.layout.package(input.sha256));
  if (pins.length === options.names.length && pins.every(isThere)) return pins;
  const remembered = await readResolution(options);
  if (remembered?.every(isThere) === true) return remembered;
  const packages = await fetchPackages(options, pins);
  await replaceFile(resolutionFile(options), formatInputsLock({ inputs: packages, tools: [] }));
  return packages;
}

/** The newest version of each package, downloaded; what a new lock is made of. */
export async function obtainNewestPackages(options: Omit<ObtainOptions, 'lock'>): Promise<PinnedInput[]> {
  return fetchPackages(options, []);
}

async function fetchPackages(
  options: Omit<ObtainOptions, 'lock'>,
  pins: readonly PinnedInput[],
): Promise<PinnedInput[]> {
  const folder = temporaryName(join(options.layout.root, 'archive'));
  const downloads = join(folder, 'downloads');
  await mkdir(downloads, { recursive: true });
  try {
    const archive = await openDebianArchive(folder, options.debianArch, options.commands, options.report);
    const chosen = choosePackages(options, pins, await archive.versions(options.names));
    for (const line of chosen.notices) options.report(line);
    const missing = chosen.packages.filter((input) => !existsSync(options.layout.package(input.sha256)));
    if (missing.length > 0) options.report(`Downloading ${missing.length} Debian packages into the cache.`);
    await downloadInto(options.layout, archive, missing, downloads);
    return chosen.packages;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** For each name the pinned version if it is to be had, else the archive's first, with a line that says so. */
function choosePackages(
  { names, debianArch }: Pick<ObtainOptions, 'names' | 'debianArch'>,
  pins: readonly PinnedInput[],
  available: readonly PinnedInput[],
): { packages: PinnedInput[]; notices: string[] } {
  const notices: string[] = [];
  const packages = names.map((name) => {
    const pin = pins.find((candidate) => candidate.name === name);
    const same = available.find((candidate) => candidate.sha256 === pin?.sha256);
    if (same !== undefined) return same;
    const newest = available.find((candidate) => candidate.name === name);
    if (newest === undefined) {
      throw new BuildVmError(
        'package-unavailable',
        `${name}: the Debian archive of this machine does not have this package for ${debianArch}. The build-VM is made from Debian 12; bring one made elsewhere with "vmb build-vm load FILE".`,
      );
    }
    if (pin !== undefined) {
      notices.push(
        `${name}: the archive no longer has the pinned ${pin.version}; taking ${newest.version}. This will not be the pinned build-VM; "make build-vm-lock" moves the pins.`,
      );
    }
    return newest;
  });
  return { packages, notices };
}

function pinsOf(options: ObtainOptions): PinnedInput[] {
  return options.names.flatMap((name) => {
    const pin = options.lock.inputs.find(
      (input) => input.name === name && (input.architecture === options.debianArch || input.architecture === 'all'),
    );
    return pin === undefined ? [] : [pin];
  });
}

function resolutionFile(options: ObtainOptions): string {
  const key = `${options.debianArch}\n${options.names.join(' ')}\n${formatInputsLock(options.lock)}`;
  return options.layout.resolution(sha256OfText(key));
}

async function readResolution(options: ObtainOptions): Promise<PinnedInput[] | undefined> {
  const file = resolutionFile(options);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { inputs } = parseInputsLock(text, file);
  const ordered = options.names.flatMap((name) => inputs.find((input) => input.name === name) ?? []);
  return ordered.length === options.names.length ? ordered : undefined;
}

async function downloadInto(
  layout: CacheLayout,
  archive: DebianArchive,
  packages: readonly PinnedInput[],
  folder: string,
): Promise<void> {
  if (packages.length === 0) return;
  const wanted = new Set(packages.map((input) => input.sha256));
  for (const file of await archive.download(packages, folder)) {
    const sha256 = await sha256OfFile(file);
    if (!wanted.delete(sha256)) continue;
    await mkdir(dirname(layout.package(sha256)), { recursive: true });
    await rename(file, layout.package(sha256));
  }
  const damaged = packages.filter((input) => wanted.has(input.sha256)).map((input) => `${input.name} ${input.version}`);
  if (damaged.length > 0) {
    throw new BuildVmError(
      'package-damaged',
      `${damaged.join(', ')}: what came from the archive does not have the SHA-256 that its list names. Try again; if it stays, the mirror in /etc/apt is broken.`,
    );
  }
}
