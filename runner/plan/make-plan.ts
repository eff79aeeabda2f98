// From a build file to a plan: asks every job what it reads, writes and carries out, and reports every mistake at once.
import { dirname } from 'node:path';
import { timeLimitSeconds } from '../../build-vm/border/job-text.ts';
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import type { Disk } from '../../jobs/lib/disk.ts';
import { exportedDisk } from '../../jobs/lib/export-plan.ts';
import type { ArtifactPlan, OptionPath, Work, World } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import type { BuildFile, JobEntry, Mistake } from '../build-file/build-file.ts';
import { whereOf } from '../build-file/where.ts';
import { imageSizeBytes } from '../payload/image-size.ts';
import { locate, previousArtifact, type SourceFacts, sourceSizeBytes, sourceStart } from '../payload/locate.ts';
import { quoted } from '../printable.ts';
import { clockMistakes, clocksOf } from './clocks.ts';
import { fingerprint } from './fingerprint.ts';
import { type FetchingFacts, noteFetches } from './note-fetches.ts';
import type { Plan, Step } from './plan.ts';
import type { PlanDraft, SourceDraft } from './plan-draft.ts';
import { type SourceArtifact, sourceStep, withSource } from './source-step.ts';
import { stagesOf } from './stages.ts';
import { type StepDraft, stepsOf } from './steps.ts';
import { AlreadyReported, worldFor } from './world.ts';

export interface DraftRequest {
  readonly buildFile: BuildFile;
  /** Name under which the build file's repository is registered. */
  readonly repository: string;
  /** What `vmb:NAME` stands for. @throws whatever it likes where there is nothing, which then ends the planning */
  readonly vmbInputs: SourceFacts['vmbInputs'];
  /** What the last successful build handed out; nothing unless given. */
  readonly previous?: SourceFacts['previous'];
  /** Where it has a source: what it begins with. */
  readonly source?: SourceDraft | undefined;
  readonly fetching: FetchingFacts;
  /** Disks and artifacts of jobs that could not be read: nothing is said about them, so that one mistake stays one message. */
  readonly doubtful?: { readonly disks: Iterable<string>; readonly artifacts: Iterable<string> };
}

export type DraftResult =
  | { readonly ok: true; readonly draft: PlanDraft }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Reads the host files that the build file names, for their digests; changes nothing. */
export function draftPlan(request: DraftRequest): DraftResult {
  const { buildFile, repository, vmbInputs } = request;
  const disks = new Map<string, Disk>();
  const doubtful = new Set(request.doubtful?.disks);
  const artifacts = new Set(request.doubtful?.artifacts);
  const mistakes: Mistake[] = [];
  const steps: StepDraft[] = [];
  const usedVars = new Set(buildFile.usedVars);
  const exports = new Map<string, Disk>();
  if (request.source !== undefined) {
    steps.push(sourceStep(request.source));
    for (const { disk } of request.source.disks) disks.set(disk.name, disk);
  }
  const fetches = noteFetches(request, artifacts);
  const imageSizes = new Map<string, number>();

  for (const entry of buildFile.jobs) {
    const folderOf: SourceFacts['folderOf'] = (at) => dirname(entry.position(at).file);
    const previous = request.previous === undefined ? {} : { previous: request.previous };
    const fetching = { fetched: fetches.noted, storePath: request.fetching.storePath };
    const sources: SourceFacts = { folderOf, vmbInputs, artifacts, ...fetching, ...previous };
    const report = (mistake: unknown) => mistakes.push(asMistake(mistake, entry));
    const work = workOf(entry, buildFile, { disks, doubtful, sources, imageSizes }, report);
    if (work === undefined) {
      // What it would have handed out is doubtful as well: one mistake, one message.
      for (const name of artifactNamedBy(entry.bound.options)) artifacts.add(name);
      continue;
    }
    if (work.kind === 'fetch') fetches.note(entry, work.effects, report);
    const firstNumber = steps.length + 1;
    const { vars, epoch } = buildFile;
    const common = { sources, vars, usedVars, epochSeconds: epoch.seconds, report };
    steps.push(...stepsOf({ entry, work, firstNumber, disks, ...common }));
    for (const disk of work.effects.disks ?? []) disks.set(disk.name, disk);
    for (const artifact of work.effects.artifacts ?? []) {
      const wrong = wrongArtifactName(artifact.name, artifacts, artifact.at);
      if (wrong !== undefined) report(wrong);
      artifacts.add(artifact.name);
      const sizeBytes = diskImageBytes(artifact, work);
      if (sizeBytes !== undefined) imageSizes.set(artifact.name, sizeBytes);
      const exported = artifact.from.kind === 'disk' ? disks.get(artifact.from.of) : undefined;
      if (exported !== undefined) exports.set(artifact.name, exportedDisk(exported));
    }
  }
  if (mistakes.length === 0 && request.doubtful === undefined) {
    mistakes.push(...unusedVars(buildFile, usedVars), ...clockMistakes(buildFile, steps, disks));
  }
  if (mistakes.length > 0) return { ok: false, mistakes };
  return { ok: true, draft: { buildFile, repository, disks, steps, source: request.source, exports } };
}

export interface FinishRequest {
  /** The one that carries the plan out. */
  readonly buildVm: Pick<BuildVm, 'arch' | 'digest'>;
  readonly sessionPerStep: boolean;
  /** Version of vmb; stands for the code of host actions in their fingerprints. */
  readonly vmbVersion: string;
  /** What the source's artifacts are, by name; undefined as long as it is not built, when no fingerprint is known. */
  readonly source?: ReadonlyMap<string, SourceArtifact> | undefined;
}

/** Gives every step its fingerprint and its session. */
export function finishPlan(draft: PlanDraft, request: FinishRequest): Plan {
  const { buildFile, repository, disks } = draft;
  const { arch, digest } = request.buildVm;
  const chain = fingerprintChain(buildFile.epoch.seconds, request);
  const known = draft.source === undefined || request.source !== undefined;
  const drafts = draft.steps.map((one) => ({ ...one, step: withSource(one.step, request.source) }));
  const clocks = clocksOf(
    drafts.map(({ step }) => step),
    buildFile.epoch.seconds,
  );
  const steps: Step[] = drafts.map((one, index) => {
    const clockSeconds = clocks[index] ?? buildFile.epoch.seconds;
    const own = known ? chain(one, clockSeconds) : '';
    if (one.step.kind !== 'guest') return { ...one.step, fingerprint: own };
    return { ...one.step, clockSeconds, fingerprint: own };
  });
  const stages = stagesOf(steps, request.sessionPerStep);
  return { buildFile, repository, buildVmDigest: digest, buildVmArch: arch, steps, stages, disks };
}

/** What a job does, or undefined after reporting why that is not known. */
function workOf(
  entry: JobEntry,
  buildFile: BuildFile,
  before: {
    readonly disks: ReadonlyMap<string, Disk>;
    readonly doubtful: Set<string>;
    readonly sources: SourceFacts;
    /** Of artifacts that are disk images. */
    readonly imageSizes: ReadonlyMap<string, number>;
  },
  report: (mistake: unknown) => void,
): Work | undefined {
  const { disks, doubtful, sources, imageSizes } = before;
  const touched = new Set<string>();
  const variant = buildFile.variant === undefined ? '' : ` ${buildFile.variant.label}`;
  const identity = `${buildFile.name} ${buildFile.version} ${buildFile.arch}${variant}`;
  const sourceBytes: World['sourceBytes'] = (source, at) => sourceSizeBytes(source, sources, at);
  const start: World['sourceStart'] = (source, at) => sourceStart(source, sources, at);
  const { arch, epoch } = buildFile;
  const imageBytes: World['imageBytes'] = (source, at) => {
    const located = locate(source, sources, at);
    // A plan is the same whether a file was fetched before or not.
    if (located.kind === 'fetched') return undefined;
    return located.kind === 'artifact' ? imageSizes.get(located.name) : imageSizeBytes(located.path);
  };
  const previousMissing: World['previousMissing'] = (name) => {
    const found = previousArtifact(name, sources);
    return found.kind === 'there' ? undefined : found.because;
  };
  const known = { sourceBytes, sourceStart: start, imageBytes, previousMissing };
  const facts = { arch, epochSeconds: epoch.seconds, identity, disks, doubtful, ...known };
  try {
    return entry.bound.plan(worldFor(facts, touched));
  } catch (error) {
    for (const name of touched) doubtful.add(name);
    if (!(error instanceof AlreadyReported)) report(error);
    return undefined;
  }
}

function artifactNamedBy(options: unknown): string[] {
  const name = typeof options === 'object' && options !== null && 'as' in options ? options.as : undefined;
  return typeof name === 'string' ? [name] : [];
}

/** Size of the disk that an artifact is a raw image of. */
function diskImageBytes({ from }: ArtifactPlan, work: Work): number | undefined {
  if (from.kind !== 'disk' || from.format !== undefined || work.kind !== 'guest') return undefined;
  return work.effects.ownDisks?.find(({ name }) => name === from.disk)?.sizeBytes;
}

/** A variable that nothing uses is a slip of the pen, here or where it should be used. */
function unusedVars({ ownVars }: BuildFile, used: ReadonlySet<string>): Mistake[] {
  return [...ownVars]
    .filter(([name]) => !used.has(name))
    .map(([name, position]) => ({
      position,
      where: `vars.${name}`,
      what: `nothing uses the variable ${quoted(name)}`,
      remedy: `write \${${name}} where its value belongs, or remove it`,
    }));
}

/** Makes each step's fingerprint out of the one before it. */
function fingerprintChain(
  epochSeconds: number,
  request: FinishRequest,
): (draft: StepDraft, clockSeconds: number) => string {
  let previous = '';
  return ({ entry, options, step }, clockSeconds) => {
    previous = fingerprint({
      previous,
      job: entry.use,
      options: options ?? entry.bound.options,
      script: step.kind === 'guest' ? step.script : step.kind === 'host' ? request.vmbVersion : '',
      inputs: step.inputs.map(({ name, digest }) => ({ name, digest })),
      buildVmDigest: request.buildVm.digest,
      epochSeconds,
      time: step.kind === 'guest' ? { startsAtSeconds: clockSeconds, limitSeconds: timeLimitSeconds(step) } : undefined,
    });
    return previous;
  };
}

/** A mistake with its place; anything but a JobMistake is a bug and stays one. */
function asMistake(error: unknown, entry: JobEntry): Mistake {
  if (!(error instanceof JobMistake)) throw error;
  return {
    position: entry.position(error.path),
    where: whereOf(['job', entry.number - 1, ...error.path], entry.use),
    what: error.what,
    remedy: error.remedy,
  };
}

function wrongArtifactName(name: string, taken: ReadonlySet<string>, at: OptionPath): JobMistake | undefined {
  if (taken.has(name)) {
    return new JobMistake(
      at,
      `there is an artifact ${quoted(name)} already, because an earlier step makes it`,
      'choose another name',
    );
  }
  if (name.toLowerCase().endsWith('.record.json')) {
    return new JobMistake(
      at,
      `${quoted(name)} cannot be the name of an artifact, because vmb's own records have such names`,
      'choose another name',
    );
  }
  // Control characters could forge lines in reports; a leading dot would hide the file or leave the folder.
  if (/^[^./\u0000-\u001f\u007f][^/\u0000-\u001f\u007f]*$/.test(name) && Buffer.byteLength(name) <= 255)
    return undefined;
  return new JobMistake(
    at,
    `${quoted(name)} cannot be the name of an artifact, because artifacts lie side by side in the output folder`,
    'choose a plain file name, without slashes, control characters or a dot in front',
  );
}
