// What is said of files that could not be had: each with its place in the build file, every place that was tried, and a remedy.
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import type { FetchError, FetchErrorCode } from './fetch-error.ts';
import type { Wish } from './wanted.ts';

export interface FileFailure {
  readonly shown: string;
  readonly error: FetchError;
}

export interface MissingFile {
  /** Empty where nothing names it. */
  readonly fileName: string;
  readonly wish: Pick<Wish, 'position'>;
  readonly failed: readonly FileFailure[];
  /** It was to be locked, not to be had as the lock says. */
  readonly locking?: boolean;
}

const mostShown = 20;

export function fetchFailed(missing: readonly MissingFile[]): RunnerError {
  const lines = missing.slice(0, mostShown).map(lineOf);
  const more = missing.length - lines.length;
  const all = more > 0 ? [...lines, `and ${more} more`] : lines;
  const [first] = missing.flatMap(({ failed }) => failed);
  return new RunnerError('fetch-failed', all.join('\n'), { cause: first?.error });
}

function lineOf({ fileName, wish, failed, locking = false }: MissingFile): string {
  const { file: path, line, column } = wish.position;
  const name = fileName === '' ? 'what it asks for' : quoted(fileName);
  const reasons = failed.map(({ shown, error }) => `${shown}: ${error.message}`);
  const tried = reasons.length === 0 ? 'nothing says where it is' : reasons.join(', ');
  const codes = new Set(failed.map(({ error }) => error.code));
  return `${path}:${line}:${column}: ${name} is not here and cannot be fetched (${tried}); ${remedyOf(codes, locking)}`;
}

function remedyOf(codes: ReadonlySet<FetchErrorCode>, locking: boolean): string {
  if (codes.has('offline')) {
    return 'build once without --offline, or bring it from another machine with `vmb lock --load FILE`';
  }
  if (codes.has('mismatch')) {
    return 'if the new content is what you mean, correct its digest in the build file, or run `vmb lock --renew`; otherwise take another address';
  }
  if (codes.has('too-large')) return 'raise max-size, if it may be so large';
  if (codes.has('no-package') && locking) return 'correct the name or the version, or the apt sources of this machine';
  if (codes.has('no-package')) {
    return 'name a mirror that still has it in fetch.toml (docs/fetching.md), move to a newer one with `vmb lock --renew`, or bring it from another machine with `vmb lock --load FILE`';
  }
  return 'correct the address, add another one to `url`, or bring the file from another machine with `vmb lock --load FILE`';
}
