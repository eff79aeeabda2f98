// What is checked of a new filesystem before anything boots: sizes, labels, ids, times, settings, each with its sentence.
import { idAt, labelAt, settingAt, typeAt, volumeAt, type WantedFilesystem } from './filesystem.ts';
import { derived, isUuid, uuidOf } from './ids.ts';
import { JobMistake } from './mistake.ts';
import { quoted } from './quoted.ts';
import { sizeText } from './size.ts';
import { type Times, yearsOf } from './times.ts';

/** `because`: "it needs 4MiB for its tables"; what a volume of `smallestBytes` has room for. */
export function checkSmallest(
  type: string,
  { volume }: WantedFilesystem,
  smallestBytes: number,
  because: string,
): void {
  if (volume.sizeBytes >= smallestBytes) return;
  throw new JobMistake(
    volumeAt,
    `${sizeText(volume.sizeBytes)} are too small for ${type}, because ${because}`,
    `make the volume ${sizeText(smallestBytes)} or larger`,
  );
}

export function checkLargest(type: string, { volume }: WantedFilesystem, largestBytes: number, because: string): void {
  if (volume.sizeBytes <= largestBytes) return;
  throw new JobMistake(
    volumeAt,
    `${sizeText(volume.sizeBytes)} are too much for ${type}, because ${because}`,
    `make the volume ${sizeText(largestBytes)} or smaller`,
  );
}

export function refusedLabel(label: string, reason: string, remedy: string): JobMistake {
  return new JobMistake(labelAt, `the label ${quoted(label)} is not possible, because ${reason}`, remedy);
}

/** A label that is kept in UTF-8, in a field of so many bytes. */
export function checkByteLabel(type: string, { label = '' }: WantedFilesystem, mostBytes: number): void {
  if (Buffer.byteLength(label) <= mostBytes && !hasControlCharacters(label)) return;
  throw refusedLabel(label, `${type} holds ${mostBytes} bytes without control characters`, 'shorten it');
}

/** A label that is kept in UTF-16: characters beyond U+FFFF count twice. */
export function checkWideLabel(type: string, { label = '' }: WantedFilesystem, mostUnits: number): void {
  if (label.length <= mostUnits && !hasControlCharacters(label)) return;
  throw refusedLabel(label, `${type} holds ${mostUnits} characters without control characters`, 'shorten it');
}

export function checkNoLabel(type: string, { label }: WantedFilesystem): void {
  if (label !== undefined) throw refusedLabel(label, `${type} has no labels`, 'leave it out');
}

export function checkNoId(type: string, { id }: WantedFilesystem): void {
  if (id === undefined) return;
  throw new JobMistake(idAt, `${quoted(id)} is no id for ${type}, because that has none`, 'leave it out');
}

export function checkUuid(type: string, { volume, id }: WantedFilesystem): void {
  if (id === undefined || isUuid(id)) return;
  throw new JobMistake(
    idAt,
    `${quoted(id)} is no id for ${type}, because that is a UUID`,
    `write it like ${quoted(uuidOf(derived(volume.disk.name, 'example')))}, or leave it out`,
  );
}

/** An id of so many hexadecimal digits; a dash in the middle is for people. */
export function checkHexId(type: string, { id }: WantedFilesystem, digits: 8 | 16): void {
  const half = `[0-9A-Fa-f]{${digits / 2}}`;
  if (id === undefined || new RegExp(`^${half}-?${half}$`).test(id)) return;
  const [count, example] = digits === 8 ? ['eight', '1A2B-3C4D'] : ['sixteen', '1A2B3C4D5E6F7081'];
  throw new JobMistake(
    idAt,
    `${quoted(id)} is no id for ${type}, because that has ${count} hexadecimal digits`,
    `write it like ${quoted(example)}, or leave it out`,
  );
}

/** The epoch becomes the time of files. */
export function checkEpoch(type: string, epochSeconds: number, times: Times): void {
  if (epochSeconds >= times.first && epochSeconds <= times.last) return;
  throw new JobMistake(
    typeAt,
    `${type} keeps times ${yearsOf(times)}, but the epoch of this build is another`,
    'choose an epoch between them',
  );
}

/** A setting that can only be one of a few numbers; `noun` is "block size". */
export function checkChoice(
  type: string,
  { settings }: WantedFilesystem,
  setting: string,
  noun: string,
  possible: readonly number[],
): void {
  const chosen = settings[setting];
  if (chosen === undefined || possible.includes(chosen)) return;
  throw new JobMistake(settingAt(setting), `${chosen} is no ${noun} for ${type}`, `use one of: ${possible.join(', ')}`);
}

function hasControlCharacters(text: string): boolean {
  return /[\u0000-\u001f\u007f]/.test(text);
}
