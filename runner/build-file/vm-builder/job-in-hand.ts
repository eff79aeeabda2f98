// What the rules for vm-builder's jobs share: the job under conversion, and what the jobs before it did.
import type { XmlAttribute } from '../xml.ts';
import { sizeOf } from './amounts.ts';
import { type Attributes, type Entry, literal } from './entry.ts';

/** vm-builder builds one disk, which has no name there. */
export const diskName = 'main';

/** What earlier jobs did. */
export interface SoFar {
  label: 'gpt' | 'msdos' | undefined;
  /** Names of fetched files by the path where vm-builder puts them. */
  readonly fetched: Map<string, string>;
  /** Name of the last exported image. */
  exported: string | undefined;
}

export interface JobInHand {
  readonly attributes: Attributes;
  readonly entry: Entry;
  readonly soFar: SoFar;
}

export type Rule = (job: JobInHand) => void;

/** A value that stands in the XML, or follows from what stands at `at`. */
export function set({ entry }: JobInHand, key: string, value: unknown, at: Pick<XmlAttribute, 'place'>): void {
  entry.values.set(key, { value: typeof value === 'string' ? literal(value) : value, place: at.place });
}

/** Carries an attribute over under another name, if it is there. */
export function carry(job: JobInHand, key: string, ...names: readonly string[]): void {
  const found = job.attributes.take(...names);
  if (found !== undefined && found.value !== '') set(job, key, found.value, found);
}

export function carryRequired(job: JobInHand, key: string, ...names: readonly string[]): void {
  const found = job.attributes.require(...names);
  if (found !== undefined) set(job, key, found.value, found);
}

export function carrySize(job: JobInHand, key: string, name: string): void {
  const found = job.attributes.require(name);
  const size = found && sizeOf(found, job.attributes);
  if (found !== undefined && size !== undefined) set(job, key, size, found);
}

export function carryFlag(job: JobInHand, key: string, name: string): void {
  const found = job.attributes.take(name);
  if (found === undefined) return;
  const text = found.value.trim().toLowerCase();
  if (['true', 'yes', '1'].includes(text)) set(job, key, true, found);
  else if (!['false', 'no', '0', ''].includes(text)) {
    job.attributes.problem(found, `${JSON.stringify(found.value)} is neither true nor false`, 'write true or false');
  }
}

export function onDisk(job: JobInHand): void {
  set(job, 'disk', diskName, job.attributes.element);
}

/** "main:1" by the attribute `partition`; the whole disk without it. */
export function volumeOf({ attributes }: JobInHand): string | undefined {
  const found = attributes.take('partition');
  if (found === undefined || found.value.trim() === '') return diskName;
  const number = /^(?:\/dev\/[a-z]+)?([1-9][0-9]{0,3})$/.exec(found.value.trim())?.[1];
  if (number !== undefined) return `${diskName}:${number}`;
  const what = `${JSON.stringify(found.value)} is no number of a partition`;
  attributes.problem(found, what, 'write a number from 1 on, or leave it out for the whole disk');
  return undefined;
}

/** A path in the volume of the attribute `partition`: "main:1:/etc". */
export function placeOf(job: JobInHand, key: string, ...names: readonly string[]): void {
  const volume = volumeOf(job);
  const found = job.attributes.require(...names);
  if (found === undefined || volume === undefined) return;
  const path = found.value.startsWith('/') ? found.value : `/${found.value}`;
  set(job, key, `${volume}:${path}`, found);
}

/** A file of the build folder, or what an earlier fetch put at that path. */
export function sourceOf(job: JobInHand, key: string, ...names: readonly string[]): void {
  const found = job.attributes.require(...names);
  if (found === undefined) return;
  const path = plainPath(found.value);
  const fetched = job.soFar.fetched.get(path);
  set(job, key, fetched === undefined ? path : `fetched:${fetched}`, found);
}

/** "./files//motd" is "files/motd". */
export function plainPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}

/** The last part of a path, for an artifact. */
export function carryName(
  job: JobInHand,
  key: string,
  otherwise: string | undefined,
  ...names: readonly string[]
): void {
  const found = otherwise === undefined ? job.attributes.require(...names) : job.attributes.take(...names);
  const name =
    plainPath(found?.value ?? otherwise ?? '')
      .split('/')
      .at(-1) ?? '';
  if (found === undefined && otherwise === undefined) return;
  if (found !== undefined && name !== found.value) {
    job.entry.comments.push(
      `${found.name} was ${JSON.stringify(found.value)}: artifacts lie side by side in the output folder`,
    );
  }
  set(job, key, name, found ?? job.attributes.element);
}
