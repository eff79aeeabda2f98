// One rule for times, in every format: later than the epoch is the epoch, earlier than a format can say is its earliest.
import { type Script, sh } from './shell.ts';

/** The modification times that a format can say, in seconds since 1970. */
export interface Times {
  readonly first: number;
  readonly last: number;
}

/** Seconds with a sign in 32 bits: December 1901 to January 2038. */
export const signed32: Times = { first: -(2 ** 31), last: 2 ** 31 - 1 };

/** Seconds without a sign in 32 bits: 1970 to February 2106. */
export const unsigned32: Times = { first: 0, last: 2 ** 32 - 1 };

/** Seconds with a sign in 64 bits, as far as a date can say: no build's clock gets there. */
export const signed64: Times = { first: -8_640_000_000_000, last: 8_640_000_000_000 };

/** Microsoft's FAT and exFAT count years from 1980 in 7 bits. */
export const fatTimes: Times = { first: Date.UTC(1980, 0) / 1000, last: Date.UTC(2108, 0) / 1000 - 1 };

/** "from 1980 to 2107" */
export function yearsOf({ first, last }: Times): string {
  const year = (seconds: number) => new Date(seconds * 1000).getUTCFullYear();
  return `from ${year(first)} to ${year(last)}`;
}

/** Makes /tmp/epoch, a file to which `find` compares others. */
export const epochFile = sh`touch -d "@$SOURCE_DATE_EPOCH" /tmp/epoch`;

/** Gives all that lies in `folder`, a copy that nobody else sees, times as a format has them. */
export function settled(folder: string, { first }: Times): Script {
  return sh`
    ${epochFile}
    touch -d ${`@${first}`} /tmp/earliest
    find ${folder} -newer /tmp/epoch -print0 | xargs -0 -r touch -h -d "@$SOURCE_DATE_EPOCH"
    find ${folder} ! -newer /tmp/earliest -print0 | xargs -0 -r touch -h -d ${`@${first}`}
  `;
}

/** Before a program of the tools image that packs a folder: the times that it reads are as the format has them. */
export function readingSettled({ first }: Times): Script {
  return sh`vmb_settled ${String(first)}`;
}

/**
 * Evens out the times of a volume that export keeps: where one is later than the epoch, the volume is mounted for writing. The
 * guest's clock, which drivers write as the time of that change, stands at the epoch then; the agent sets it before each step.
 */
export function settledByDriver(mountAs: (access: 'read-only' | 'read-write') => Script, folder: string): Script {
  return sh`
    ${epochFile}
    ${mountAs('read-only')}
    ${laterFiles(folder)} -print0 > /tmp/touched
    find ${folder} -xdev -newer /tmp/epoch -print0 > /tmp/later
    umount ${folder}
    if [ -s /tmp/touched ]; then
      ${mountAs('read-write')}
      date -u -s "@$SOURCE_DATE_EPOCH" > /dev/null
      xargs -0 -r touch -h -a -d "@$SOURCE_DATE_EPOCH" < /tmp/touched
      xargs -0 -r touch -h -m -d "@$SOURCE_DATE_EPOCH" < /tmp/later
      umount ${folder}
    fi
  `;
}

/** `find` with what is later than the epoch by any of its times. */
export function laterFiles(folder: string): Script {
  return sh`find ${folder} -xdev '(' -newer /tmp/epoch -o -anewer /tmp/epoch -o -cnewer /tmp/epoch ')'`;
}
