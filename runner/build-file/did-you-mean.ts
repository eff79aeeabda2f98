// Finds the name that somebody most likely meant.

/** ` (did you mean "main"?)`, to stand behind a quoted name, or nothing when no known name is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}

/** The known name with the fewest slips of the finger in between, if these are at most a third of its length. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let nearest: { readonly name: string; readonly slips: number } | undefined;
  for (const candidate of known) {
    const longest = Math.max(name.length, candidate.length);
    if (longest > longestCompared) continue;
    const slips = slipsBetween(name.toLowerCase(), candidate.toLowerCase());
    if (slips <= Math.max(1, Math.floor(longest / 3)) && slips < longest && (nearest?.slips ?? longest) > slips) {
      nearest = { name: candidate, slips };
    }
  }
  return nearest?.name;
}

/** Names are short; the time that comparing takes grows with the square of this. */
const longestCompared = 100;

/** Letters left out, put in, taken for another, or two neighbours exchanged (Damerau and Levenshtein, optimal string alignment). */
export function slipsBetween(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const exchanged = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          exchanged ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
