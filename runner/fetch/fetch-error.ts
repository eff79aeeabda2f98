// Why a file could not be had from one place: a reason that programs can tell apart, and a text for people without secrets.

export type FetchErrorCode =
  | 'not-found'
  | 'refused'
  | 'unreachable'
  | 'broken'
  | 'timeout'
  | 'too-large'
  | 'mismatch'
  | 'unreadable'
  | 'offline'
  | 'no-package';

/** `message` is a part of a sentence, such as "the server answers 404". */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly code: FetchErrorCode;

  constructor(code: FetchErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
