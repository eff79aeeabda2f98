// The record of a build: what it was made from, how, when, and what came out; the proof that others can repeat.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BuildFile } from '../build-file/build-file.ts';
import type { ArtifactFact } from '../event.ts';
import { shownVars } from '../fetch/shown-vars.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { writeFileAtomically } from '../state/atomic-file.ts';

export interface SessionRecord {
  readonly id: string;
  readonly steps: readonly number[];
  /** The VMM's command line, as `--verbose` prints it. */
  readonly command: readonly string[];
  readonly guestReadyMs: number;
  readonly durationMs: number;
}

export interface StepRecord extends Pick<Step, 'number' | 'job' | 'title' | 'fingerprint' | 'inputs' | 'looksBack'> {
  readonly durationMs: number;
  readonly facts: Readonly<Record<string, string>>;
}

export interface BuildRecord {
  /** Version of this format. */
  readonly schema: 1;
  readonly vmb: string;
  readonly build: {
    readonly repository: string;
    readonly name: string;
    readonly version: string;
    readonly arch: string;
    /** Which image of its matrix. */
    readonly variant?: string;
    readonly epoch: string;
    readonly epochOrigin: string;
    readonly vars: Readonly<Record<string, string>>;
  };
  /** `arch`: its own, which may be another than that of what it makes. */
  readonly buildVm: { readonly digest: string; readonly arch: string; readonly pinned: boolean };
  readonly vmm: {
    readonly name: string;
    readonly version: string;
    readonly host?: string;
    readonly hardware: boolean;
    readonly because: string;
  };
  /** ISO 8601, UTC, by the host's clock. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly steps: readonly StepRecord[];
  readonly sessions: readonly SessionRecord[];
  readonly artifacts: readonly ArtifactFact[];
  /** Only of a build on several VMMs: all of them gave these artifacts; the first is `vmm`. */
  readonly agreed?: readonly {
    /** As `--vmm` names it. */
    readonly label: string;
    readonly vmm: BuildRecord['vmm'];
    readonly buildVm: { readonly digest: string; readonly arch: string };
    readonly durationMs: number;
  }[];
}

export function stepRecord(step: Step, durationMs: number, facts: StepRecord['facts']): StepRecord {
  const { number, job, title, fingerprint, inputs, looksBack } = step;
  return { number, job, title, fingerprint, ...(looksBack ? { looksBack } : {}), inputs, durationMs, facts };
}

/** Where the state folder keeps the latest record of a build. */
export function recordPath(
  stateFolder: string,
  build: Pick<BuildRecord['build'], 'repository' | 'name' | 'version' | 'arch' | 'variant'>,
): string {
  const variant = build.variant === undefined ? '' : `.${variantFileName(build.variant)}`;
  return join(
    recordsFolder(stateFolder, build.repository),
    build.name,
    `${build.version}-${build.arch}${variant}.json`,
  );
}

/** Where it keeps the latest record of what a plan makes. */
export function draftRecordPath(stateFolder: string, plan: Pick<Plan, 'repository' | 'buildFile'>): string {
  const { name, version, arch, variant } = plan.buildFile;
  const which = variant === undefined ? {} : { variant: variant.label };
  return recordPath(stateFolder, { repository: plan.repository, name, version, arch, ...which });
}

/** Name of the record beside the artifacts. */
export function recordFileName({ name, variant }: BuildFile): string {
  return `${name}${variant === undefined ? '' : `.${variantFileName(variant.label)}`}.record.json`;
}

/** A variant as part of a file's name: its values may be any texts. */
function variantFileName(label: string): string {
  const plain = encodeURIComponent(label);
  return plain.length <= 100 ? plain : createHash('sha256').update(label).digest('hex').slice(0, 16);
}

/** Where the records of a repository's builds are kept. */
export function recordsFolder(stateFolder: string, repository: string): string {
  return join(stateFolder, 'records', repository);
}

/** Writes a record so that a reader sees all of it or nothing. */
export async function writeRecord(path: string, record: BuildRecord): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** What a record says of the build itself. */
export function buildOf(plan: Plan): BuildRecord['build'] {
  const { name, version, arch, variant, epoch } = plan.buildFile;
  return {
    repository: plan.repository,
    name,
    version,
    arch,
    ...(variant === undefined ? {} : { variant: variant.label }),
    epoch: new Date(epoch.seconds * 1000).toISOString(),
    epochOrigin: epoch.origin,
    vars: shownVars(plan),
  };
}
