// Reads times as a build file writes them: "90s", "10m", "2h".
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { quoted } from './quoted.ts';

const unitsMs = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
const longestMs = 7 * 24 * 3_600_000;

/** @throws JobMistake */
export function parseDurationMs(text: string, at: OptionPath): number {
  const [, digits = '', unit = ''] = /^([1-9][0-9]{0,8})([smh])$/.exec(text) ?? [];
  const durationMs = Number(digits) * (unitsMs.get(unit) ?? 0);
  if (durationMs > 0 && durationMs <= longestMs) return durationMs;
  throw new JobMistake(
    at,
    `${quoted(text)} is no time, because that is a whole number with s, m or h, and at most a week`,
    'write it like "90s", "10m" or "2h"',
  );
}
