// What a host action may touch: its own files by name, and what it reports of them.
import type { DigestAlgorithm } from './digest.ts';
import type { Listed } from './listed.ts';

/** What `apply` may touch: files by the names of its inputs and outputs, nothing else. */
export interface Host {
  /** Path of an input's bytes, read only. */
  input(name: string): string;
  /** Path where the bytes of an artifact or of something to bring in are to be written. */
  output(name: string): string;
  /** What an input is made of, for comparing: of an image what the guest saw in it, otherwise the file or folder itself. */
  listed(name: string): Promise<Listed>;
  /** Digest of an input's bytes, in hexadecimal digits; of a folder that of the listing of its files, modes and names. */
  digest(name: string, algorithm: DigestAlgorithm): Promise<string>;
  /** Tells a fact about the result. */
  fact(name: string, value: string): void;
  readonly signal: AbortSignal;
}
