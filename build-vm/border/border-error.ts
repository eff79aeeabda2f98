// The error of the border: a session that could not be carried out, with a stable code for programs and sentences for the reader.

export type BorderErrorCode =
  | 'agent-fault'
  | 'boot-timeout'
  | 'console-silent'
  | 'disk-table'
  | 'end-timeout'
  | 'forged-frame'
  | 'frame-gap'
  | 'frame-malformed'
  | 'job-disk'
  | 'machine-ended'
  | 'panic'
  | 'payload-length'
  | 'power-off'
  | 'protocol-version'
  | 'reset'
  | 'silence'
  | 'step-overdue'
  | 'tar-refused'
  | 'tar-unwritable';

/** `message` is whole sentences: where, what, because, what to do. `code` never changes its meaning. */
export class BorderError extends Error {
  override readonly name = 'BorderError';
  readonly code: BorderErrorCode;
  /** The machine ended, or its time did, before the agent was ready: nothing has happened yet, so that one more try is harmless. */
  readonly beforeReady: boolean;

  constructor(code: BorderErrorCode, message: string, options: { cause?: unknown; beforeReady?: boolean } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.beforeReady = options.beforeReady ?? false;
  }
}
