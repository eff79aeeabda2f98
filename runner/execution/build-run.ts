// A build while it is carried out: what its stages hand on to each other.
import type { Adapter, DiskHandle } from '../../vmm-adapters/lib/adapter.ts';
import type { ImageFact } from '../event.ts';
import type { Plan } from '../plan/plan.ts';
import type { WorkFolder } from '../state/work-folder.ts';
import type { BuildContext, BuildOptions } from './build-context.ts';
import type { BootWay } from './machine.ts';
import type { SessionRecord, StepRecord } from './record.ts';
import type { OpenVmm } from './vmm.ts';

export interface BuildRun {
  readonly plan: Plan;
  readonly options: BuildOptions;
  readonly context: BuildContext;
  readonly vmm: OpenVmm;
  readonly adapter: Adapter;
  readonly bootWay: BootWay;
  readonly cpus: number;
  /** A session with more is packed into two. */
  readonly mostDisks: number;
  readonly work: WorkFolder;
  /** Build disks made so far, in plan order. */
  readonly buildDisks: DiskHandle[];
  /** Paths of artifacts and other results of steps, by name, in the work folder. */
  readonly artifacts: Map<string, string>;
  /** What is in the artifacts that are images of disks, by name. */
  readonly images: Map<string, ImageFact>;
  /** Paths of files that guest steps brought out for host actions, by `broughtOutKey`. */
  readonly broughtOut: Map<string, string>;
  readonly steps: StepRecord[];
  readonly sessions: SessionRecord[];
}

export function broughtOutKey(step: number, name: string): string {
  return `${step}/${name}`;
}
