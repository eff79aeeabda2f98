// The build's clock: out of the build file, else SOURCE_DATE_EPOCH, else (fetch/locks.ts) build.lock, else a fixed date.

import { quoted } from '../printable.ts';
import type { BuildFile } from './build-file.ts';
import { offsetDateTimeSeconds } from './toml.ts';

export type EpochRead =
  | { readonly ok: true; readonly epoch: BuildFile['epoch'] }
  | { readonly ok: false; readonly what: string; readonly remedy: string };

const defaultSeconds = Date.UTC(2026, 0, 1) / 1000;

// FAT cannot tell dates before 1980; 2106 is where unsigned 32-bit seconds end.
const earliestSeconds = Date.UTC(1980, 0, 1) / 1000;
const latestSeconds = 2 ** 32 - 1;
const span = 'a build’s clock runs from 1980-01-01T00:00:00Z, where FAT begins, to 2106-02-07T06:28:15Z';

/** Specification of SOURCE_DATE_EPOCH: https://reproducible-builds.org/specs/source-date-epoch/ */
export function epochOf(value: unknown, sourceDateEpoch: string | undefined): EpochRead {
  if (value !== undefined) {
    const seconds = offsetDateTimeSeconds(value);
    if (seconds === undefined) {
      return {
        ok: false,
        what: `${quoted(value)} is not a date and time with its distance from UTC`,
        remedy: 'write it like 2026-01-01T00:00:00Z, without quotes',
      };
    }
    return checked(Math.floor(seconds), quoted(value), 'build file');
  }
  if (sourceDateEpoch === undefined || sourceDateEpoch === '') {
    return { ok: true, epoch: { seconds: defaultSeconds, origin: 'default' } };
  }
  if (!/^\d{1,12}$/.test(sourceDateEpoch)) {
    return {
      ok: false,
      what: `SOURCE_DATE_EPOCH in the environment is ${quoted(sourceDateEpoch)}, which is not a number of seconds since 1970`,
      remedy: 'unset it, or give the build an epoch',
    };
  }
  return checked(Number(sourceDateEpoch), `SOURCE_DATE_EPOCH ${sourceDateEpoch}`, 'SOURCE_DATE_EPOCH');
}

/** Whether a build's clock can stand there. */
export function isEpoch(seconds: number): boolean {
  return seconds >= earliestSeconds && seconds <= latestSeconds;
}

function checked(seconds: number, shown: string, origin: BuildFile['epoch']['origin']): EpochRead {
  if (isEpoch(seconds)) return { ok: true, epoch: { seconds, origin } };
  return { ok: false, what: `${shown} is out of range, because ${span}`, remedy: 'choose a date in between' };
}
