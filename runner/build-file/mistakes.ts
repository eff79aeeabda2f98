// How mistakes in build files are shown: sorted by place, one line each.
import { relative } from 'node:path';
import { printable } from '../printable.ts';
import type { Mistake } from './build-file.ts';

const mostShown = 100;

/** `file:line:col: where: what, because; what to do` for each mistake. Files below `cwd` are named from there. */
export function formatMistakes(mistakes: readonly Mistake[], cwd: string): string {
  const lines = sortedMistakes(mistakes).map((mistake) => formatMistake(mistake, cwd));
  const more = lines.length - mostShown;
  return more > 0 ? [...lines.slice(0, mostShown), `and ${more} more`].join('\n') : lines.join('\n');
}

export function sortedMistakes(mistakes: readonly Mistake[]): Mistake[] {
  return [...mistakes].sort(
    (a, b) =>
      compare(a.position.file, b.position.file) ||
      a.position.line - b.position.line ||
      a.position.column - b.position.column,
  );
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function formatMistake(mistake: Mistake, cwd: string): string {
  const { file, line, column } = mistake.position;
  const where = mistake.where === '' ? '' : `${mistake.where}: `;
  return printable(`${shortPath(file, cwd)}:${line}:${column}: ${where}${mistake.what}; ${mistake.remedy}`);
}

/** From `cwd` when it lies below, absolute otherwise. */
export function shortPath(path: string, cwd: string): string {
  const way = relative(cwd, path);
  return way === '' || way.startsWith('..') ? path : way;
}
