// Carries out a plan: sessions and host actions in order, artifacts and the record at the end.
import type { EventSink } from '../event.ts';
import type { Plan } from '../plan/plan.ts';

/** How a build is to be done; results do not depend on it. */
export interface BuildOptions {
  /** Folder for the artifacts; made when missing. Existing files of the same names are replaced when the build has succeeded. */
  readonly outFolder: string;
  readonly vmm: string;
  readonly vmmOptions: Readonly<Record<string, string>>;
  /** Keep the disks and logs of a failing (or, with 'always', any) session, and print how to look closer. */
  readonly keep: boolean;
  /** One boot for each step: the same bytes, slower. */
  readonly sessionPerStep: boolean;
}

/** @throws RunnerError `step-failed`, `no-vmm`, `no-build-vm`, `interrupted`, `host` */
export async function build(
  _plan: Plan,
  _options: BuildOptions,
  _emit: EventSink,
  _signal: AbortSignal,
): Promise<void> {
  throw new Error('Internal error: written next');
}
