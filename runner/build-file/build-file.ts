// A build file after reading: checked, variables filled in, every value still knowing its place in the text.
import type { BoundJob } from '../../jobs/lib/job.ts';
import type { Arch } from '../../vmm-adapters/lib/adapter.ts';

/** A place in a text file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong in a build file. Printed as `file:line:col: where: what, because; what to do`. */
export interface Mistake {
  readonly position: Position;
  /** "job 3 (format): type" or "machine.memory"; empty for the file as a whole. */
  readonly where: string;
  readonly what: string;
  readonly remedy: string;
}

export interface JobEntry {
  /** Counted from 1, as people count. */
  readonly number: number;
  readonly use: string;
  readonly id: string | undefined;
  readonly bound: BoundJob;
  /** The place of one of its options, or of the nearest thing around it that stands in the file. */
  position(path: readonly (string | number)[]): Position;
}

export interface BuildFile {
  /** Absolute path of build.toml. */
  readonly path: string;
  /** Absolute path of the build folder. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly arch: Arch;
  readonly summary: string;
  readonly epoch: { readonly seconds: number; readonly origin: 'build file' | 'SOURCE_DATE_EPOCH' | 'default' };
  readonly machine: { readonly memoryBytes: number; readonly cpus: number; readonly scratchBytes: number | undefined };
  readonly vars: ReadonlyMap<string, string>;
  readonly jobs: readonly JobEntry[];
}
