// What went wrong with a session, as a sentence for the table.
import { BorderError } from '../../build-vm/border/border-error.ts';
import type { Course } from './trial.ts';

/** Undefined when the session came to its end. */
export function broken({ error }: Course): string | undefined {
  return error === undefined ? undefined : `The session broke off: ${messageOf(error)}`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The stable code of a failure at the border; a name for other errors, undefined for none. */
export function codeOf({ error }: Course): string | undefined {
  if (error === undefined) return undefined;
  return error instanceof BorderError ? error.code : `error (${messageOf(error)})`;
}
