// The error of everything that makes, keeps and carries build-VMs: for the reader at the terminal, with a stable code.

export type BuildVmErrorCode =
  | 'host-unsuited'
  | 'kernel-config'
  | 'package-unavailable'
  | 'package-damaged'
  | 'input-wrong'
  | 'output-too-large'
  | 'manifest-wrong'
  | 'saved-file-wrong'
  | 'not-reproducible';

/** `message` is whole sentences: where, what, because, what to do. `code` never changes its meaning. */
export class BuildVmError extends Error {
  override readonly name = 'BuildVmError';
  readonly code: BuildVmErrorCode;

  constructor(code: BuildVmErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
