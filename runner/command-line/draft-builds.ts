// From a build file's path to drafts of plans: every image of its matrix, each with the draft of the build that it begins with.
import { findBuildVm } from '../../build-vm/make/find-build-vm.ts';
import type { BuildFile, BuildSource, Mistake } from '../build-file/build-file.ts';
import type { Library } from '../build-file/library.ts';
import { sortedMistakes } from '../build-file/mistakes.ts';
import type { ReadableRest, ReadOptions } from '../build-file/read-build-file.ts';
import { readVariants } from '../build-file/read-variants.ts';
import { mistakesOfVariants } from '../build-file/variant-mistakes.ts';
import { previousArtifacts } from '../execution/previous-artifacts.ts';
import { draftRecordPath } from '../execution/record.ts';
import { LockMistake } from '../fetch/build-lock.ts';
import { lockedEpoch } from '../fetch/locks.ts';
import { readLocks } from '../fetch/read-build-lock.ts';
import { openStore } from '../fetch/store.ts';
import { artifactClashes } from '../plan/artifact-clashes.ts';
import { draftPlan } from '../plan/make-plan.ts';
import type { FetchingFacts } from '../plan/note-fetches.ts';
import type { PlanDraft } from '../plan/plan-draft.ts';
import { sourceDisks } from '../plan/source-disks.ts';
import { quoted } from '../printable.ts';
import type { Context } from './command.ts';
import { buildInputs, requireBuildVm } from './require-build-vm.ts';

export interface DraftedFile {
  readonly path: string;
  readonly repository: string;
  readonly library: Library;
  readonly vars: ReadonlyMap<string, string>;
  /** `unlocked`: fetches need no lock yet. */
  readonly state?: 'unlocked' | undefined;
}

export type Drafts =
  | { readonly ok: true; readonly drafts: readonly PlanDraft[] }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** @throws RunnerError `usage` for variables of the command line, `no-build-vm` where files of one are named */
export function draftBuilds(file: DraftedFile, context: Context): Promise<Drafts> {
  return context.nothingToUndo(() => draftAll(file, context, []));
}

async function draftAll(file: DraftedFile, context: Context, trail: readonly string[]): Promise<Drafts> {
  const { environment, registry } = context;
  const { repository, library, vars } = file;
  const options: ReadOptions = { vars, environment, jobs: registry, repository, library };
  const read = await readVariants(file.path, options);
  if (!read.ok)
    return { ok: false, mistakes: [...read.mistakes, ...(await mistakesOfRests(read.rests, context, file.state))] };
  const drafts: PlanDraft[] = [];
  const wrong: { label: string; mistakes: readonly Mistake[] }[] = [];
  for (const buildFile of read.buildFiles) {
    const drafted = await draftOne(buildFile, file, context, [...trail, file.path]).catch(asMistakes);
    if (drafted.ok) drafts.push(...drafted.drafts);
    else wrong.push({ label: buildFile.variant?.label ?? '', mistakes: drafted.mistakes });
  }
  const mistakes = [...mistakesOfVariants(wrong, read.buildFiles.length), ...artifactClashes(drafts)];
  return mistakes.length === 0 ? { ok: true, drafts } : { ok: false, mistakes: sortedMistakes(mistakes) };
}

async function draftOne(
  read: BuildFile,
  file: DraftedFile,
  context: Context,
  trail: readonly string[],
): Promise<Drafts> {
  const fetching = await fetchingFacts(read, context, file.state);
  const buildFile = { ...read, epoch: lockedEpoch(read.epoch, fetching.locks) };
  const vmbInputs = () => buildInputs(requireBuildVm(context, buildFile.arch));
  const { repository } = file;
  const previous = previousArtifacts(draftRecordPath(context.folders.state, { repository, buildFile }));
  const request = { buildFile, repository, vmbInputs, previous, fetching };
  if (buildFile.source === undefined) return asDrafts(draftPlan(request));
  const drafted = await draftSource(buildFile.source, buildFile, file, context, trail);
  if (!drafted.ok) return drafted;
  const [draft] = drafted.drafts;
  if (draft === undefined) throw new Error('Internal error: a source without a draft');
  const found = sourceDisks(buildFile.source, draft);
  if (!found.ok) return { ok: false, mistakes: [found.mistake] };
  return asDrafts(draftPlan({ ...request, source: found.source }));
}

function asDrafts(result: ReturnType<typeof draftPlan>): Drafts {
  return result.ok ? { ok: true, drafts: [result.draft] } : result;
}

/** Exactly one draft: that of the build that is meant. */
async function draftSource(
  source: BuildSource,
  { arch }: BuildFile,
  { repository, library, state }: DraftedFile,
  context: Context,
  trail: readonly string[],
): Promise<Drafts> {
  const refused = (key: string, what: string, remedy: string): Drafts => {
    const position = source.position([key]);
    return { ok: false, mistakes: [{ position, where: `source.${key}`, what, remedy }] };
  };
  const found = await library.find(source.reference, { repository, arch });
  if (!found.ok) return refused('name', found.what, found.remedy);
  if (trail.includes(found.path)) {
    const what = `this leads in a circle, because ${quoted(source.reference.name)} begins with this build`;
    return refused('name', what, 'begin with a build that needs none of the others');
  }
  const all = await draftAll({ ...found, library, vars: new Map(), state }, context, trail);
  if (!all.ok) return all;
  const labels = all.drafts.flatMap(({ buildFile }) => buildFile.variant?.label ?? []);
  if (labels.length === 0 && source.variant === undefined) return all;
  if (labels.length === 0) return refused('variant', `${source.reference.name} has no matrix`, 'leave it out');
  const chosen = all.drafts.filter(({ buildFile }) => buildFile.variant?.label === source.variant);
  if (chosen.length === 1) return { ok: true, drafts: chosen };
  const choice = `use one of: ${labels.map(quoted).join(', ')}`;
  if (source.variant === undefined) {
    return refused(
      'name',
      `${source.reference.name} has a matrix, and nothing says which image`,
      `add variant; ${choice}`,
    );
  }
  return refused('variant', `${source.reference.name} has no image ${quoted(source.variant)}`, choice);
}

/** What planning finds in the jobs that could be read; nothing where there is no build-VM whose files they may name. */
async function mistakesOfRests(
  rests: readonly ReadableRest[],
  context: Context,
  state: DraftedFile['state'],
): Promise<Mistake[]> {
  const examine = async (rest: ReadableRest) => {
    const { arch, source, variant } = rest.buildFile;
    const label = variant?.label ?? '';
    const buildVm = findBuildVm({ cacheFolder: context.folders.cache, arch });
    if (buildVm === undefined || source !== undefined) return { label, mistakes: [] };
    const draft = async () => {
      const fetching = await fetchingFacts(rest.buildFile, context, state);
      const epoch = lockedEpoch(rest.buildFile.epoch, fetching.locks);
      return draftPlan({
        ...rest,
        buildFile: { ...rest.buildFile, epoch },
        repository: '',
        vmbInputs: () => buildInputs(buildVm),
        fetching,
      });
    };
    const drafted = await draft().catch(asMistakes);
    return { label, mistakes: drafted.ok ? [] : drafted.mistakes };
  };
  return mistakesOfVariants(await Promise.all(rests.map(examine)), rests.length);
}

/** What is wrong with a lock is wrong with its build, and no other. */
function asMistakes(error: unknown): { readonly ok: false; readonly mistakes: readonly Mistake[] } {
  if (error instanceof LockMistake) return { ok: false, mistakes: [error.mistake] };
  throw error;
}

async function fetchingFacts(
  buildFile: BuildFile,
  { folders }: Context,
  state: DraftedFile['state'],
): Promise<FetchingFacts> {
  const locks = await readLocks(buildFile);
  return { locks, unlocked: state === 'unlocked', storePath: openStore(folders.cache).path };
}
