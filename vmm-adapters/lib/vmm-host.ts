// The machine that a POSIX VMM runs on, this one or another: one interface, so that adapters have one code path.
import type { Duplex } from 'node:stream';
import type { CommandRunner, RunningProgram } from './command.ts';

/** Where a machine's control wire comes in there. */
export interface ControlPath {
  /** A unix socket that we listen on, or two FIFOs: PATH.in and PATH.out. */
  readonly kind: 'socket' | 'fifos';
  readonly path: string;
}

export interface ControlWire {
  /** The VMM's side of the wire; pending for ever when it never comes. */
  readonly connection: Promise<Duplex>;
  /** To be called after the VMM's end where the wire does not see it: everything that it said has come then, and the wire closes. */
  finish?(): Promise<void>;
  /** Removes the socket or FIFOs. */
  close(): Promise<void>;
}

/** A program whose number is written down, so that it can be ended when we are gone. */
export interface RecordedProgram extends RunningProgram {
  /** When it has ended. */
  forget(): Promise<void>;
}

/** "there" is this machine for `localHost`. Paths there are absolute. */
export interface VmmHost {
  /** "joe@build1"; undefined for this machine. */
  readonly name: string | undefined;
  readonly commands: CommandRunner;
  /** A folder there that is the adapter's alone, gone when it is closed or when we are gone. */
  readonly workFolder: string;
  /** What must be the same for something that was measured there to count: its kernel and its present run. */
  readonly run: string;
  exists(path: string): Promise<boolean>;
  /** Whether a device there may be read and written. */
  mayUse(path: string): Promise<'yes' | 'missing' | 'forbidden'>;
  /** Where a file of this machine lies there once it was shared: pure, but for reading the file. */
  sharedPath(path: string): string;
  /** Makes sure that it lies there, never to be changed. */
  share(path: string): Promise<string>;
  /** A raw file of this machine becomes a file there. */
  take(from: string, to: string, name: string): Promise<void>;
  makeFile(path: string, sizeBytes: number): Promise<void>;
  resize(path: string, sizeBytes: number): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  /** A raw file of this machine with the bytes of one there, which must have this size; `forget` removes it. */
  bring(path: string, name: string, sizeBytes: number): Promise<string>;
  /** Removes a file there, and what was brought of it. */
  forget(path: string): Promise<void>;
  /** Pure. */
  controlPath(machineId: string): ControlPath;
  openControl(control: ControlPath): Promise<ControlWire>;
  /** `marker` stands in the program's command line and in no other. */
  startRecorded(
    name: string,
    command: readonly string[],
    marker: string,
    signal: AbortSignal,
  ): Promise<RecordedProgram>;
  /** How a VMM's command that runs there is started from here, by hand. */
  shown(command: readonly string[], control: ControlPath): readonly string[];
  /** `kept`: the work folder stays. */
  close(kept: boolean): Promise<void>;
}
