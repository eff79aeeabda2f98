// The error that adapters and command runners throw: for the reader at the terminal, with a stable code for programs.

export type AdapterErrorCode =
  | 'program-missing'
  | 'program-failed'
  | 'adapter-unusable'
  | 'disk-unsupported'
  | 'disk-full'
  | 'machine-start-failed'
  /** Another machine: not there, not the one that it was, does not let us in, gone, refuses a file or a command, or it gave back other bytes than it said. */
  | 'host-unreachable'
  | 'host-key'
  | 'host-login'
  | 'host-lost'
  | 'host-refused'
  | 'host-altered';

/** `message` is whole sentences: where, what, because, what to do. `code` never changes its meaning. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  readonly code: AdapterErrorCode;

  constructor(code: AdapterErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
