// A disk that exists for one step only, with named parts of it presented beside it: pure data.
import type { Source } from './source.ts';

export interface OwnDisk {
  readonly name: string;
  readonly sizeBytes: number;
  readonly regions: readonly { readonly name: string; readonly offsetBytes: number; readonly lengthBytes: number }[];
  /** A raw disk image that it begins as, which stays what it is; blank without. `at`: the option that names it. */
  readonly content?: { readonly source: Source; readonly at: readonly (string | number)[] };
}
