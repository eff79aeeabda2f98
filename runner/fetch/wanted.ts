// What a build wants from elsewhere: files by their digest, with every place where they may be had.
import type { Digest } from '../../jobs/lib/digest.ts';
import type { Position } from '../build-file/build-file.ts';

/** Where a file may be had. `shown` is for people: it holds no secret. */
export type FileOrigin =
  | {
      readonly kind: 'http';
      /** May hold secrets in its query. */
      readonly href: string;
      /** "user:password" */
      readonly credentials: string | undefined;
      readonly shown: string;
    }
  /** `path` is absolute. */
  | { readonly kind: 'file'; readonly path: string; readonly shown: string }
  | {
      readonly kind: 'deb';
      readonly name: string;
      readonly version: string;
      /** Of the package: amd64, i386, all. Undefined: either that of the build or all. */
      readonly arch: string | undefined;
      /** Where an archive has it: "pool/main/b/busybox/busybox_1.35.0-4_amd64.deb"; guessed where no lock tells. */
      readonly poolPath: string;
      readonly shown: string;
    };

/** How a file is fetched, whatever it is. */
export interface FetchLimits {
  readonly mostBytes: number;
  readonly retries: number;
}

export interface WantedFile extends FetchLimits {
  /** A plain file name; empty when neither the address nor anything else gives one. */
  readonly fileName: string;
  readonly digest: Digest;
  /** As far as the lock tells. */
  readonly sizeBytes: number | undefined;
  /** In the order in which they are tried. */
  readonly origins: readonly FileOrigin[];
}

export interface LockLine {
  readonly key: string;
  /** Whether that lock, or a parent's, has it. */
  readonly isLocked: boolean;
}

/** What one fetch of a build yields: a file, or a folder of files. */
export interface Fetched {
  /** "fetched:root" */
  readonly label: string;
  readonly kind: 'file' | 'folder';
  /** Sorted by name. */
  readonly files: readonly WantedFile[];
  /** Its line of the build's lock; undefined where the build file itself has the digest. */
  readonly line: LockLine | undefined;
  /** As Debian names it. */
  readonly debianArch: 'amd64' | 'i386';
}

/** What is fetched for one job of a build file. */
export interface Wish {
  readonly fetched: Fetched;
  readonly position: Position;
}
