// Reads sizes as a build file writes them: "64MiB", "1.5GiB", "rest".
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { quoted } from './quoted.ts';

export const sectorBytes = 512;
export const kibibyte = 1024;
export const mebibyte = 1024 * kibibyte;
export const gibibyte = 1024 * mebibyte;
const tebibyte = 1024 * gibibyte;

const units = new Map([
  ['KiB', kibibyte],
  ['MiB', mebibyte],
  ['GiB', gibibyte],
  ['TiB', tebibyte],
]);

/** Larger than any disk that the formats of disk images know. */
const largestBytes = 64 * tebibyte;

/** A size in bytes: a number with a unit, in whole sectors of 512 bytes. @throws JobMistake */
export function parseSize(text: string, at: OptionPath): number {
  const [, digits = '', unit = ''] = /^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)$/.exec(text) ?? [];
  const factor = units.get(unit);
  if (digits === '' || factor === undefined) throw unreadable(text, digits, unit, at);
  const bytes = Number(digits) * factor;
  if (bytes === 0 || bytes > largestBytes) {
    throw new JobMistake(
      at,
      `${quoted(text)} is no possible size, because sizes go from 1KiB to 64TiB`,
      'choose one in between',
    );
  }
  if (bytes % sectorBytes !== 0) {
    throw new JobMistake(
      at,
      `${quoted(text)} is not a whole number of sectors, because a sector has 512 bytes`,
      `write "${Math.ceil(bytes / kibibyte)}KiB"`,
    );
  }
  return bytes;
}

/** How people write a number of bytes, exactly: in the largest unit that divides it. */
export function sizeText(bytes: number): string {
  for (const [unit, factor] of [...units].reverse())
    if (bytes >= factor && bytes % factor === 0) return bytes / factor + unit;
  return `${bytes} bytes`;
}

function unreadable(text: string, digits: string, unit: string, at: OptionPath): JobMistake {
  const what = `${quoted(text)} is no size, because a size is a number with KiB, MiB, GiB or TiB`;
  if (digits === '') return new JobMistake(at, what, 'write it like "64MiB"');
  if (unit === '') return new JobMistake(at, what, `write "${digits}MiB" if you mean mebibytes`);
  // "64M", "64MB", "64mib": what is meant is clear enough to propose, not enough to take.
  const meant = [...units.keys()].find((known) => known.charAt(0) === unit.charAt(0).toUpperCase());
  return new JobMistake(at, what, meant === undefined ? 'write it like "64MiB"' : `write "${digits}${meant}"`);
}
