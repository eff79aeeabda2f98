// What a build-VM is: its files, its manifest and its digest, as everything outside this folder sees it.
import type { BuildVmArch } from './arch.ts';
import type { BuildVmFile } from './file-names.ts';
import type { Manifest } from './manifest.ts';

export interface BuildVm {
  readonly arch: BuildVmArch;
  /** What fingerprints and records name: SHA-256 over the digests of all files of the manifest. */
  readonly digest: string;
  /** Where the files lie; immutable once it is there. */
  readonly folder: string;
  /** Made from exactly the versions that build-vm/inputs.lock names. */
  readonly pinned: boolean;
  /** Made from the guest scripts, configuration and maker of this checkout; false only for a loaded one. */
  readonly matchesCheckout: boolean;
  /** Absolute paths. */
  readonly files: Readonly<Record<BuildVmFile, string>>;
  readonly manifest: Manifest;
}

/** What the making of a build-VM tells while it goes on: one line at a time, for people. */
export type Report = (line: string) => void;
