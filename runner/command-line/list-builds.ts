// Everything that `vmb list` tells: the builds of all repositories, what was built of each, and whether that is up to date.
import { findBuildFiles, readHead } from '../build-file/find-build-files.ts';
import type { Library } from '../build-file/library.ts';
import { formatMistakes, shortPath } from '../build-file/mistakes.ts';
import type { ArtifactFact } from '../event.ts';
import { type BuildState, buildState, readRecord } from '../execution/build-state.ts';
import { recordPath } from '../execution/record.ts';
import { printable, quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import { registeredBuilds } from '../state/registered-builds.ts';
import { listRepositories, type Repository } from '../state/repositories.ts';
import type { Context } from './command.ts';
import { draftBuilds } from './draft-builds.ts';

export interface ListedBuild {
  readonly repository: string;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  /** Which image of its matrix. */
  readonly variant?: string;
  readonly summary: string;
  readonly path: string;
  /** ISO 8601, UTC; absent when it was never built here. */
  readonly builtAt?: string;
  /** `unknown`: it cannot be planned now. */
  readonly state: BuildState['kind'] | 'unknown';
  /** Why it is not up to date, or not known. */
  readonly because?: string;
  readonly artifacts: readonly ArtifactFact[];
}

export interface Listing {
  readonly repositories: readonly Repository[];
  readonly builds: readonly ListedBuild[];
  /** For people, one line each. */
  readonly problems: readonly string[];
}

export async function listBuilds(context: Context): Promise<Listing> {
  const repositories = await listRepositories(context.folders.config, context.imagesFolder);
  const library = registeredBuilds(repositories);
  const builds: ListedBuild[] = [];
  const problems: string[] = [];
  for (const { name, folder } of repositories) {
    const paths = await findBuildFiles(folder).catch(() => undefined);
    if (paths === undefined) {
      problems.push(`The folder of the repository ${quoted(name)} cannot be read: ${printable(folder)}`);
    }
    for (const path of paths ?? []) builds.push(...(await listFile(path, name, library, context, problems)));
  }
  // What is wrong with a parent is told once.
  return { repositories, builds, problems: [...new Set(problems)] };
}

async function listFile(
  path: string,
  repository: string,
  library: Library,
  context: Context,
  problems: string[],
): Promise<ListedBuild[]> {
  const { name, version, arch, summary = '' } = await readHead(path);
  if (name === undefined || version === undefined || arch === undefined) {
    const shown = printable(shortPath(path, context.cwd));
    problems.push(`${shown}: this build file cannot be listed; \`vmb import --path\` its folder tells why`);
    return [];
  }
  const head = { repository, name, version, arch, summary, path };
  const unknown = async (because: string): Promise<ListedBuild[]> => {
    const record = await readRecord(recordPath(context.folders.state, head));
    const built = record === undefined ? { artifacts: [] } : { builtAt: record.startedAt, artifacts: record.artifacts };
    return [{ ...head, state: 'unknown', because, ...built }];
  };
  try {
    const drafted = await draftBuilds({ path, repository, library, vars: new Map() }, context);
    if (!drafted.ok) {
      problems.push(formatMistakes(drafted.mistakes, context.cwd));
      return unknown('its build file has mistakes');
    }
    const listed: ListedBuild[] = [];
    for (const draft of drafted.drafts) {
      const { variant } = draft.buildFile;
      const state = await buildState(draft, { folders: context.folders, vmbVersion: context.version });
      listed.push({ ...head, ...(variant === undefined ? {} : { variant: variant.label }), ...listedState(state) });
    }
    return listed;
  } catch (error) {
    if (!(error instanceof RunnerError) || error.code !== 'no-build-vm') throw error;
    return unknown('there is no build-VM');
  }
}

function listedState(state: BuildState): Pick<ListedBuild, 'state' | 'because' | 'builtAt' | 'artifacts'> {
  if (state.kind === 'never') return { state: 'never', artifacts: [] };
  const { startedAt: builtAt, artifacts } = state.record;
  return { state: state.kind, ...(state.kind === 'changed' ? { because: state.because } : {}), builtAt, artifacts };
}
