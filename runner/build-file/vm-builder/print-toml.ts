// Writes a converted build.xml as a build.toml: the same keys in the same order, what was renamed as comments above.
import { writeToml } from '../write-toml.ts';
import type { Converted } from './convert.ts';
import type { Carried } from './entry.ts';

/** Ends with a line feed. */
export function printToml({ top, comments, source, jobs }: Converted): string {
  const table = {
    ...valuesOf(top),
    ...(source.size === 0 ? {} : { source: valuesOf(source) }),
    job: jobs.map(({ values }) => valuesOf(values)),
  };
  return writeToml(table, {
    above([key, index]) {
      if (key === undefined) return comments;
      return (key === 'job' && typeof index === 'number' ? jobs[index]?.comments : undefined) ?? [];
    },
  });
}

function valuesOf(carried: ReadonlyMap<string, Carried>): Record<string, unknown> {
  return Object.fromEntries([...carried].map(([key, { value }]) => [key, value]));
}
