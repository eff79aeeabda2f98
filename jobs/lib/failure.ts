// What a host action finds wrong with its inputs while it runs: the step fails, and it is no bug of vmb.

/** Codes are stable; messages are whole sentences with what to do. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
  readonly code: 'pe-malformed' | 'pe-no-room' | 'pe-unfit' | 'pe-too-large';

  constructor(code: JobFailure['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
