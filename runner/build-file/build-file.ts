// A build file after reading: checked, variables filled in, every value still knowing its place in the text.
import type { BoundJob } from '../../jobs/lib/job.ts';
import type { Arch } from '../../vmm-adapters/lib/adapter.ts';
import type { BuildReference } from './build-reference.ts';

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

/** One image of a build file with a matrix. */
export interface Variant {
  /** For people and for `--only`: "small", "flavour=large", "small,flavour=large". */
  readonly label: string;
  /** What the pattern’s "*" stands for in the name of its file of variables; undefined without files. */
  readonly file: string | undefined;
  /** Its variables, and where each stands. */
  readonly vars: ReadonlyMap<string, { readonly value: string; readonly position: Position }>;
}

/** The build whose disks this one begins with. */
export interface BuildSource {
  readonly reference: BuildReference;
  /** Image of its matrix. */
  readonly variant: string | undefined;
  readonly artifact: string | undefined;
  /** What its disk is called here. */
  readonly disk: string | undefined;
  /** SHA-256 or SHA-512 of the artifact, by its length. */
  readonly hash: string | undefined;
  position(path: readonly string[]): Position;
}

/** A build file that another one extends. */
export interface ParentFile {
  /** Absolute. */
  readonly path: string;
  readonly repository: string;
}

export interface BuildFile {
  /** Absolute path of build.toml. */
  readonly path: string;
  /** Absolute path of the build folder. */
  readonly folder: string;
  /** The build files that it extends, the nearest first. */
  readonly parents: readonly ParentFile[];
  readonly name: string;
  readonly version: string;
  readonly arch: Arch;
  readonly summary: string;
  readonly epoch: {
    readonly seconds: number;
    readonly origin: 'build file' | 'SOURCE_DATE_EPOCH' | 'build.lock' | 'default';
  };
  readonly machine: { readonly memoryBytes: number; readonly cpus: number; readonly scratchBytes: number | undefined };
  /** Which image of the matrix this is; undefined without one. */
  readonly variant?: Variant;
  readonly vars: ReadonlyMap<string, string>;
  /** Variables that stand in the jobs' options; files that are copied in may use others. */
  readonly usedVars: ReadonlySet<string>;
  /** Where the variables stand that this file itself sets, not a parent: each of them has to be used. */
  readonly ownVars: ReadonlyMap<string, Position>;
  readonly source?: BuildSource;
  readonly jobs: readonly JobEntry[];
}
