// What is wrong with a job in a build file: thrown by `plan`, turned into file:line:col by the runner.

/** A mistake of the build file's author. Texts are parts of one sentence: "what, because; what to do". */
export class JobMistake extends Error {
  override readonly name = 'JobMistake';
  /** From the job's table to the culprit, e.g. ['mount', '/mnt']; empty for the job as a whole. */
  readonly path: readonly (string | number)[];
  readonly what: string;
  readonly remedy: string;

  /** `what`: "the label \"…\" is too long, because FAT holds 11 characters"; `remedy`: "shorten it". */
  constructor(path: readonly (string | number)[], what: string, remedy: string, options?: { cause?: unknown }) {
    super(`${what}; ${remedy}`, options);
    this.path = path;
    this.what = what;
    this.remedy = remedy;
  }
}
