// What a command of vmb is: its options as data, and what it does with them.
import type { Registry } from '../registry.ts';
import type { Environment, Folders } from '../state/folders.ts';

export interface OptionDefinition {
  /** As it is typed and shown: "--repo <name>", "--json". */
  readonly flags: string;
  readonly summary: string;
  readonly required?: true;
  /** May be given several times; every value counts. */
  readonly repeatable?: true;
}

export interface CommandDefinition {
  /** What follows `vmb`: "build", "build-vm save". */
  readonly name: string;
  readonly summary: string;
  /** "<file>" must be there, "[name]" may be. */
  readonly arguments?: readonly { readonly name: string; readonly summary: string }[];
  readonly options?: readonly OptionDefinition[];
  /** Lines below the options: examples, exit codes. */
  readonly details?: readonly string[];
  /** What the process exits with. @throws RunnerError */
  run(input: Input, context: Context): Promise<number>;
}

/** What was typed. Options are named as in their flags, without dashes: "no-cache". */
export interface Input {
  argument(index: number): string | undefined;
  /** Undefined when it was not given. */
  text(option: string): string | undefined;
  texts(option: string): readonly string[];
  flag(option: string): boolean;
}

/** Where keys come from; a terminal says so. */
export interface Keyboard {
  readonly isTTY?: boolean;
  setRawMode(isRaw: boolean): unknown;
  on(event: 'data', listener: (keys: Buffer) => void): unknown;
  off(event: 'data', listener: (keys: Buffer) => void): unknown;
  pause(): unknown;
}

/** A stream to write to; a terminal says so, and how wide it is. */
export interface Output {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Everything around a command that tests may replace. */
export interface Context {
  readonly stdin: Keyboard;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Environment;
  readonly folders: Folders;
  readonly cwd: string;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /**
   * Runs what leaves nothing behind, such as reading inputs: meanwhile a signal ends the process at once, also in the middle of a read
   * that takes minutes, where `signal` could not be aborted.
   */
  readonly nothingToUndo: <T>(work: () => Promise<T>) => Promise<T>;
  readonly registry: Registry;
  /** The bundled repository's folder, and the version of vmb. */
  readonly imagesFolder: string;
  readonly version: string;
  /** The words that start this vmb anew: what kills and fills it needs one that is not itself. */
  readonly program: readonly string[];
}
