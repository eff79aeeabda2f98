// Provides the artifacts that a build begins with: those of an earlier build where they are up to date, else its source is built first.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type BuildState, buildState, sourceArtifacts, stateSentence } from '../execution/build-state.ts';
import { draftRecordPath } from '../execution/record.ts';
import { digestFile, fileChunks } from '../payload/file-bytes.ts';
import type { PlanDraft, SourceDraft } from '../plan/plan-draft.ts';
import { buildName } from '../plan/source-disks.ts';
import type { SourceArtifact } from '../plan/source-step.ts';
import { RunnerError } from '../runner-error.ts';
import type { Context } from './command.ts';

export type Artifacts = ReadonlyMap<string, SourceArtifact>;

/** Builds a draft and hands its artifacts over to a folder. */
export type BuildInto = (draft: PlanDraft, outFolder: string) => Promise<void>;

/** What is there already; undefined when the source has to be built first. @throws RunnerError `comparison-failed` for another hash */
export async function artifactsAtHand({ source }: PlanDraft, context: Context): Promise<Artifacts | undefined> {
  if (source === undefined) return undefined;
  const artifacts = sourceArtifacts(source, await stateOf(source.draft, context));
  if (artifacts !== undefined) checkHash(source, artifacts);
  return artifacts;
}

/** What a build begins with; undefined without a source. @throws RunnerError `comparison-failed` for another hash; what `build` throws */
export async function provideSource(
  { source }: PlanDraft,
  context: Context,
  say: (text: string) => void,
  build: BuildInto,
): Promise<Artifacts | undefined> {
  if (source === undefined) return undefined;
  const { draft } = source;
  const before = await stateOf(draft, context);
  let artifacts = sourceArtifacts(source, before);
  const broken = artifacts === undefined ? undefined : brokenArtifact(artifacts);
  if (artifacts === undefined || broken !== undefined) {
    const why = broken === undefined ? stateSentence(draft, before) : `${broken} is no longer what was built`;
    say(`${why}: it is built first, because this build begins with it.`);
    await build(draft, sourceFolder(draft, context));
    artifacts = sourceArtifacts(source, await stateOf(draft, context));
  }
  if (artifacts === undefined) {
    throw new RunnerError('host', `${buildName(draft.buildFile)} changed while it was built; build again.`);
  }
  checkHash(source, artifacts);
  return artifacts;
}

function stateOf(draft: PlanDraft, { folders, version }: Context): Promise<BuildState> {
  return buildState(draft, { folders, vmbVersion: version });
}

function brokenArtifact(artifacts: Artifacts): string | undefined {
  return [...artifacts.values()].find(({ path, sha256 }) => digestFile(path).sha256 !== sha256)?.path;
}

/** Where a source lies that was built for the sake of another build: in the cache, as it can be made again. */
function sourceFolder(draft: PlanDraft, { folders }: Context): string {
  const place = draftRecordPath(join(folders.cache, 'sources'), draft);
  return place.replace(/\.json$/, '');
}

/** A `hash` comes with one artifact. */
function checkHash({ source, draft }: SourceDraft, artifacts: Artifacts): void {
  const { hash } = source;
  const [artifact] = artifacts;
  if (hash === undefined || artifact === undefined) return;
  const [name, { path, sha256 }] = artifact;
  const found = hash.length === 64 ? sha256 : sha512Of(path);
  if (found === hash) return;
  const { file, line, column } = source.position(['hash']);
  throw new RunnerError(
    'comparison-failed',
    `${file}:${line}:${column}: source.hash: ${name} of ${buildName(draft.buildFile)} is ${found}, but ${hash} is expected; find out what changed, or correct the hash.`,
  );
}

function sha512Of(path: string): string {
  const hash = createHash('sha512');
  for (const chunk of fileChunks(path)) hash.update(chunk);
  return hash.digest('hex');
}
