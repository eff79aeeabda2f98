// Asks apt, with the machine's own sources and trust but package lists of its own: no root, and nothing of the system is used or changed.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';

/** A package that an archive has. */
export interface ArchivePackage {
  readonly name: string;
  readonly version: string;
  /** As Debian names it: amd64, i386, all. */
  readonly architecture: string;
  /** Of the .deb. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Below the archive's top: "pool/main/d/dash/dash_0.5.12-2_amd64.deb". */
  readonly poolPath: string;
}

export interface Apt {
  /** Fetches the lists. `some`: of several archives not all answer. `none` comes with what was said. */
  update(): Promise<{ readonly lists: 'all' | 'some' | 'none'; readonly cause: unknown }>;
  /** All versions of these packages that the archives have, the one that apt would install first of each. */
  show(names: readonly string[]): Promise<ArchivePackage[]>;
  /** What would be installed on an empty system; `patterns` as apt-get takes them: names, NAME=VERSION, "?essential". */
  resolve(patterns: readonly string[], recommends: boolean): Promise<Pick<ArchivePackage, 'name' | 'version'>[]>;
  /** When the newest of the archives was released, seconds since 1970; undefined where none says so. */
  newestRelease(): Promise<number | undefined>;
  /** Downloads exactly these, NAME=VERSION or NAME:ARCH=VERSION, into an empty folder; the files' names are Debian's. */
  download(words: readonly string[], into: string): Promise<string[]>;
}

/** With lists and state below `folder`, which the caller removes afterwards. Its calls throw AdapterError where apt refuses. */
export async function openApt(folder: string, debianArch: string, commands: CommandRunner): Promise<Apt> {
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
  return {
    async update() {
      try {
        await commands.run('apt-get', [...settings, '-q', '-q', '-o', 'APT::Update::Error-Mode=any', 'update']);
        return { lists: 'all', cause: undefined };
      } catch (cause) {
        return { lists: (await hasLists(join(state, 'lists'))) ? 'some' : 'none', cause };
      }
    },
    async show(names) {
      const { stdout } = await commands.run('apt-cache', [...settings, 'show', '--', ...names]);
      return parseStanzas(stdout);
    },
    async resolve(patterns, recommends) {
      const wish = recommends ? '--install-recommends' : '--no-install-recommends';
      const args = [...settings, '-q', '-q', '-s', wish, 'install', '--', ...patterns];
      return parseSimulation((await commands.run('apt-get', args)).stdout);
    },
    newestRelease: () => newestRelease(join(state, 'lists')),
    async download(words, into) {
      await commands.run('apt-get', [...settings, '-q', '-q', 'download', '--', ...words], { cwd: into });
      return (await readdir(into)).filter((name) => name.endsWith('.deb')).map((name) => join(into, name));
    },
  };
}

/** `Date` of the Release files, which are signed. */
async function newestRelease(folder: string): Promise<number | undefined> {
  const names = (await readdir(folder)).filter((name) => /_(?:In)?Release$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const dates = texts.map((text) => Date.parse(/^Date: (.+)$/m.exec(text)?.[1] ?? '') / 1000);
  const known = dates.filter((seconds) => !Number.isNaN(seconds));
  return known.length === 0 ? undefined : Math.max(...known);
}

async function hasLists(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => /_Packages(?:\.|$)/.test(name));
}

/** The packages in the output of `apt-cache show`. */
function parseStanzas(text: string): ArchivePackage[] {
  return text.split(/\n\n+/).flatMap((stanza) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1];
    const [name, architecture, version] = [field('Package'), field('Architecture'), field('Version')];
    const sha256 = field('SHA256');
    if (name === undefined || architecture === undefined || version === undefined || sha256 === undefined) return [];
    const [sizeBytes, poolPath] = [Number(field('Size') ?? 0), field('Filename') ?? ''];
    return [{ name, architecture, version, sha256, sizeBytes, poolPath }];
  });
}

/** "Inst NAME (VERSION ORIGIN [ARCH])"; packages of a multi-arch set may be called NAME:ARCH. */
function parseSimulation(text: string): Pick<ArchivePackage, 'name' | 'version'>[] {
  return [...text.matchAll(/^Inst ([^ :]+)(?::[a-z0-9]+)? (?:\[[^\]]*\] )?\(([^ ]+) /gm)].map(([, name, version]) => ({
    name: name ?? '',
    version: version ?? '',
  }));
}
