// A plan before it is known which build-VM carries it out: all of it but the fingerprints and the sessions.
import type { Disk } from '../../jobs/lib/disk.ts';
import type { BuildSource } from '../build-file/build-file.ts';
import type { Plan } from './plan.ts';
import type { StepDraft } from './steps.ts';

export interface PlanDraft extends Pick<Plan, 'buildFile' | 'repository' | 'disks'> {
  readonly steps: readonly StepDraft[];
  readonly source: SourceDraft | undefined;
  /** Disks that are handed out raw, by artifact, as they are then. */
  readonly exports: ReadonlyMap<string, Disk>;
}

/** A build and what another one begins with of it. */
export interface SourceDraft {
  /** What that other one says of it. */
  readonly source: BuildSource;
  readonly draft: PlanDraft;
  /** The disks as they are called there, with the artifact that each begins as. */
  readonly disks: readonly { readonly artifact: string; readonly disk: Disk }[];
}
