// The record of a build: what it was made from, how, when, and what came out; the proof that others can repeat.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArtifactFact } from '../event.ts';
import type { Plan, StepInput } from '../plan/plan.ts';

export interface SessionRecord {
  readonly id: string;
  readonly steps: readonly number[];
  /** The VMM's command line, as `--verbose` prints it. */
  readonly command: readonly string[];
  readonly guestReadyMs: number;
  readonly durationMs: number;
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
  readonly steps: readonly {
    readonly number: number;
    readonly job: string;
    readonly title: string;
    readonly fingerprint: string;
    readonly inputs: readonly StepInput[];
    readonly durationMs: number;
    readonly facts: Readonly<Record<string, string>>;
  }[];
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

/** Where the state folder keeps the latest record of a build. */
export function recordPath(
  stateFolder: string,
  build: Pick<BuildRecord['build'], 'repository' | 'name' | 'version' | 'arch'>,
): string {
  return join(stateFolder, 'records', build.repository, build.name, `${build.version}-${build.arch}.json`);
}

/** Writes a record so that a reader sees all of it or nothing. */
export async function writeRecord(path: string, record: BuildRecord): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.new`;
  await writeFile(temporary, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(temporary, path);
}

/** What a record says of the build itself. */
export function buildOf(plan: Plan): BuildRecord['build'] {
  const { name, version, arch, epoch, vars } = plan.buildFile;
  return {
    repository: plan.repository,
    name,
    version,
    arch,
    epoch: new Date(epoch.seconds * 1000).toISOString(),
    epochOrigin: epoch.origin,
    vars: Object.fromEntries(vars),
  };
}
