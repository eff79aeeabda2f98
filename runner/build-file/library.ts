// Where the builds are found that a build file names: registered repositories, or a folder that is about to be one.
import type { BuildReference } from './build-reference.ts';

export type FoundBuild =
  | { readonly ok: true; readonly repository: string; readonly path: string }
  | { readonly ok: false; readonly what: string; readonly remedy: string };

export interface Library {
  /**
   * Finds one build file. `repository` is that of the file that names it, `arch` its architecture, which decides where several
   * would do.
   */
  find(reference: BuildReference, from: { readonly repository: string; readonly arch: unknown }): Promise<FoundBuild>;
}
