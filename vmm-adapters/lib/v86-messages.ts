// What a v86 machine's worker thread and the thread that started it say to each other: data only.
import type { BiosFiles, MachineExit } from './adapter.ts';
import type { BlockDiskFiles } from './block-disk.ts';

/** A machine as v86 can make it. */
export interface V86Hardware {
  readonly memoryBytes: number;
  readonly bios: BiosFiles;
  /** Without it the first disk is started. */
  readonly kernel:
    | { readonly path: string; readonly initramfsPath: string | undefined; readonly commandLine: string }
    | undefined;
  /** At most two. */
  readonly disks: readonly BlockDiskFiles[];
}

/** Everything that the worker needs, as `workerData`. */
export interface V86Start {
  readonly hardware: V86Hardware;
  /** v86's program: the .wasm file of its package. */
  readonly wasmPath: string;
  /** One 32-bit number: bytes of output that the worker has sent and nobody has read yet. */
  readonly unread: SharedArrayBuffer;
}

export type FromWorker =
  | { readonly type: 'running' }
  | { readonly type: 'output'; readonly bytes: Uint8Array }
  /** The input that was sent last is in the serial port. */
  | { readonly type: 'taken' }
  | { readonly type: 'ended'; readonly exit: MachineExit };

export type ToWorker = { readonly type: 'input'; readonly bytes: Uint8Array };

/** A guest that prints faster than it is read waits from here on. */
export const mostUnreadBytes = 256 * 1024;
