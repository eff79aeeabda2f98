// Tells whether the latest build of a plan, as its record tells, is still what a build would make now.
import { readFile, stat } from 'node:fs/promises';
import { findBuildVm } from '../../build-vm/make/find-build-vm.ts';
import { finishPlan } from '../plan/make-plan.ts';
import type { Step } from '../plan/plan.ts';
import type { PlanDraft, SourceDraft } from '../plan/plan-draft.ts';
import { buildName } from '../plan/source-disks.ts';
import type { SourceArtifact } from '../plan/source-step.ts';
import type { Folders } from '../state/folders.ts';
import { type BuildRecord, draftRecordPath } from './record.ts';

/** What decides is the fingerprint of the last step, which covers everything before it, and that the artifacts are still there. */
export type BuildState =
  | { readonly kind: 'never' }
  | { readonly kind: 'changed'; readonly because: string; readonly record: BuildRecord }
  | { readonly kind: 'current'; readonly record: BuildRecord };

export interface StateFacts {
  readonly folders: Pick<Folders, 'state' | 'cache'>;
  readonly vmbVersion: string;
}

export async function buildState(draft: PlanDraft, facts: StateFacts): Promise<BuildState> {
  const record = await readRecord(draftRecordPath(facts.folders.state, draft));
  if (record === undefined) return { kind: 'never' };
  const changed = (because: string): BuildState => ({ kind: 'changed', because, record });
  for (const { name, path, kind, sizeBytes } of record.artifacts) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return changed(`${name} is gone`);
    if (kind === 'file' && found.size !== sizeBytes) return changed(`${name} has another size`);
  }
  const source = draft.source && (await buildState(draft.source.draft, facts));
  if (source !== undefined && source.kind !== 'current') return changed('its source is not up to date');
  const buildVm = findBuildVm({
    cacheFolder: facts.folders.cache,
    arch: record.buildVm.arch === 'i686' ? 'i686' : 'x86_64',
  });
  if (buildVm?.digest !== record.buildVm.digest) return changed('the build-VM is another one');
  const { vmbVersion } = facts;
  const artifacts = draft.source && sourceArtifacts(draft.source, source);
  const plan = finishPlan(draft, { buildVm, sessionPerStep: false, vmbVersion, source: artifacts });
  if (deciding(plan.steps) === deciding(record.steps)) return { kind: 'current', record };
  const known = new Set(record.steps.map(({ fingerprint }) => fingerprint));
  const first = plan.steps.find(({ fingerprint }) => !known.has(fingerprint));
  return changed(first === undefined ? 'it has fewer steps now' : `step ${first.number} (${first.title})`);
}

/** The fingerprint of the last step; not of comparisons with an earlier build at the end, which are others each time. */
function deciding(steps: readonly Pick<Step, 'number' | 'fingerprint' | 'looksBack'>[]): string | undefined {
  const inOrder = [...steps].sort((one, other) => one.number - other.number);
  return inOrder.findLast(({ looksBack }) => looksBack !== true)?.fingerprint;
}

/** By name, of a source that is up to date; undefined of another one. */
export function sourceArtifacts(
  { disks }: SourceDraft,
  state: BuildState | undefined,
): ReadonlyMap<string, SourceArtifact> | undefined {
  if (state?.kind !== 'current') return undefined;
  const artifacts = state.record.artifacts.filter(({ name }) => disks.some(({ artifact }) => artifact === name));
  return new Map(artifacts.map(({ name, path, sha256 }) => [name, { path, sha256 }]));
}

/** One line for people, after the build's name. */
function stateText(state: BuildState): string {
  switch (state.kind) {
    case 'never':
      return 'not built yet';
    case 'changed':
      return `not up to date: ${state.because}`;
    case 'current':
      return 'up to date';
  }
}

/** "base 1 x86_64 is not built yet", for people. */
export function stateSentence({ buildFile }: PlanDraft, state: BuildState): string {
  return `${buildName(buildFile)} is ${stateText(state)}`;
}

/** The latest record at a place in the state folder; undefined when there is none that can be read. */
export async function readRecord(path: string): Promise<BuildRecord | undefined> {
  try {
    const record: BuildRecord = JSON.parse(await readFile(path, 'utf8'));
    const isWhole = Array.isArray(record.steps) && Array.isArray(record.artifacts) && record.steps.length > 0;
    // What lies beside artifacts came from anywhere.
    const isObject = (part: unknown) => typeof part === 'object' && part !== null;
    return isWhole && [...record.steps, ...record.artifacts].every(isObject) ? record : undefined;
  } catch {
    return undefined;
  }
}
