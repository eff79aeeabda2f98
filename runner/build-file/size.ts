// Sizes as people write them: whole numbers of KiB, MiB or GiB.
import { quoted } from '../printable.ts';

export type SizeRead =
  | { readonly ok: true; readonly bytes: number }
  | { readonly ok: false; readonly what: string; readonly remedy: string };

const unitBytes: ReadonlyMap<string, number> = new Map([
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
]);

/** "512MiB" and "1 GiB" in bytes. Other units are refused, with the nearest one that is taken as the remedy. */
export function sizeOf(text: string, smallestBytes: number): SizeRead {
  const [, number, unit] = /^(\d+) ?([A-Za-z]*)$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) {
    return refused(text, 'it is not a whole number with a unit', 'write it like "512MiB"');
  }
  const bytes = Number(number) * (unitBytes.get(unit) ?? 0);
  if (!unitBytes.has(unit)) return refused(text, unitReason(unit), `write ${suggestions(number, unit)}`);
  if (bytes < smallestBytes) {
    return {
      ok: false,
      what: `${quoted(text)} is too small`,
      remedy: `write at least "${smallestBytes / 1024 ** 2}MiB"`,
    };
  }
  if (!Number.isSafeInteger(bytes)) return refused(text, 'no disk and no memory is as large', 'write a smaller number');
  return { ok: true, bytes };
}

function unitReason(unit: string): string {
  return unit === '' ? 'its unit is missing' : 'units are KiB, MiB and GiB, which count by 1024';
}

function suggestions(number: string, unit: string): string {
  const near = [...unitBytes.keys()].find((known) => known.charAt(0) === unit.charAt(0).toUpperCase());
  if (near !== undefined) return `"${number}${near}"`;
  return [...unitBytes.keys()].map((known) => `"${number}${known}"`).join(' or ');
}

function refused(text: string, because: string, remedy: string): SizeRead {
  return { ok: false, what: `${quoted(text)} is not a size, because ${because}`, remedy };
}
