// What a build is given besides its plan and its VMM.
import type { BuildVm } from '../../build-vm/make/build-vm.ts';
import type { EventSink } from '../event.ts';
import type { Environment, Folders } from '../state/folders.ts';
import type { OutputPlace } from './output-folder.ts';

/** How a build is to be done; results do not depend on it. */
export interface BuildOptions {
  /** Where the artifacts go; made when missing. Existing files of the same names are replaced when the build has succeeded. */
  readonly out: OutputPlace;
  /** Keep the disks of a failing session, and print how to look closer. */
  readonly keep: boolean;
  /** Take no input from the network. */
  readonly offline: boolean;
}

/** Everything around a build that tests may replace. */
export interface BuildContext {
  readonly folders: Pick<Folders, 'state' | 'cache' | 'config'>;
  /** For proxies. */
  readonly environment: Environment;
  /** The one that carries the plan out. */
  readonly buildVm: BuildVm;
  readonly vmbVersion: string;
  readonly emit: EventSink;
  readonly signal: AbortSignal;
}
