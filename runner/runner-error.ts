// The error that the runner throws: whole sentences for the reader, a stable code for programs, an exit code for scripts.

export type RunnerErrorCode =
  | 'usage'
  | 'build-file'
  | 'step-failed'
  | 'fetch-failed'
  | 'comparison-failed'
  | 'no-vmm'
  | 'no-build-vm'
  | 'interrupted'
  | 'host';

/** What the process exits with; documented in README and stable. */
export const exitCodes: Readonly<Record<RunnerErrorCode, number>> = {
  usage: 2,
  'build-file': 2,
  'step-failed': 1,
  'fetch-failed': 1,
  'comparison-failed': 3,
  'no-vmm': 69,
  'no-build-vm': 69,
  interrupted: 130,
  host: 1,
};

export class RunnerError extends Error {
  override readonly name = 'RunnerError';
  readonly code: RunnerErrorCode;

  constructor(code: RunnerErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
