// Numbers of bytes that need not be whole sectors: 440, or a size like "1MiB".
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { Type } from './schema.ts';
import { parseSize } from './size.ts';

/** For a job's schema. */
export function byteCount(description: string, example: number) {
  return Type.Union(
    [
      Type.Integer({ minimum: 0, description: 'a number of bytes' }),
      Type.String({ pattern: '^[^\\u0000]*$', description: 'a size in KiB, MiB, GiB or TiB' }),
    ],
    {
      description: `${description}: a number of bytes, or a size in KiB, MiB, GiB or TiB`,
      examples: [example, '1MiB'],
    },
  );
}

/** @throws JobMistake */
export function parseBytes(value: number | string, at: OptionPath): number {
  if (typeof value === 'string') return parseSize(value, at);
  // Shell and dd count in 64 bits with a sign, and sums of two such numbers must stay exact here.
  if (value <= 2 ** 46) return value;
  throw new JobMistake(at, `${value} bytes are more than any disk has, because 64TiB is the limit`, 'write less');
}
