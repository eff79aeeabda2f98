// Plans jobs one after the other, as the runner does, for the tests of jobs: the real World, no disks, no VM.
import type { Disk } from '../../jobs/lib/disk.ts';
import type { GuestEffects, Job, Work, World } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import { findingsOf } from '../../runner/build-file/issue-sentence.ts';
import { worldFor } from '../../runner/plan/world.ts';

export type Entry = readonly [job: Job, options: Readonly<Record<string, unknown>>];

export const epochSeconds = 1_767_225_600;

/** The file "boot-440" has 440 bytes; of others the length is not known. */
const sourceBytes: World['sourceBytes'] = (source) => {
  const [, digits] = (source.kind === 'file' && /-([0-9]+)$/.exec(source.path)) || [];
  return digits === undefined ? undefined : Number(digits);
};

/** Artifacts whose names end with .img are disk images, and so is the file "image-65536". */
const imageBytes: World['imageBytes'] = (source) => {
  if (source.kind === 'file') return source.path.startsWith('image-') ? sourceBytes(source, []) : undefined;
  return source.name.endsWith('.img') ? 1_048_576 : undefined;
};

/** "first.img" was never built before. */
const previousMissing: World['previousMissing'] = (name) =>
  name === 'first.img' ? 'it was not built here before' : undefined;

/** A file begins as those whose names end so do; of an artifact nothing is known. */
const beginnings: Readonly<Record<string, readonly number[]>> = {
  tar: [0x75, 0x73, 0x72],
  gz: [0x1f, 0x8b, 8],
  xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
  bz2: [0x42, 0x5a, 0x68, 0x39],
  zst: [0x28, 0xb5, 0x2f, 0xfd],
  deb: [...Buffer.from('!<arch>\n')],
};
const sourceStart: World['sourceStart'] = (source) => {
  const [, ending = ''] = (source.kind === 'file' && /\.([a-z0-9]+)$/.exec(source.path)) || [];
  const bytes = beginnings[ending];
  return bytes && Uint8Array.from(bytes);
};

/** The world after these entries. */
export function worldAfter(...entries: readonly Entry[]): World {
  const disks = new Map<string, Disk>();
  const facts = {
    arch: 'x86_64',
    epochSeconds,
    identity: 'hello 1 x86_64',
    doubtful: new Set<string>(),
    sourceBytes,
    imageBytes,
    previousMissing,
    sourceStart,
  } as const;
  const world = () => worldFor({ ...facts, disks }, new Set());
  for (const [job, options] of entries) {
    for (const disk of workOf(job, options, world()).effects.disks ?? []) disks.set(disk.name, disk);
  }
  return world();
}

/** What a job does in a world. @throws JobMistake, and Error with the schema's findings */
export function workOf(job: Job, options: Readonly<Record<string, unknown>>, world: World): Work {
  const bound = job.bind(options);
  if (bound.ok) return bound.value.plan(world);
  const findings = findingsOf(bound.issues, job.schema, options);
  throw new Error(findings.map(({ path, what, remedy }) => `${path.join('.')}: ${what}; ${remedy}`).join('\n'));
}

/** A guest job's effects and script. */
export function guestWork(job: Job, options: Readonly<Record<string, unknown>>, world: World) {
  const work = workOf(job, options, world);
  if (work.kind !== 'guest') throw new Error(`${job.name} is no guest job`);
  const effects: GuestEffects = work.effects;
  return { effects, script: work.script };
}

/** What is wrong with options, as a person reads it: "option: what; what to do". */
export function mistakeIn(job: Job, options: Readonly<Record<string, unknown>>, world: World): string {
  try {
    workOf(job, options, world);
  } catch (error) {
    if (error instanceof JobMistake) return `${error.path.join('.')}: ${error.message}`;
    if (error instanceof Error && !error.message.startsWith('Internal error')) return error.message;
    throw error;
  }
  throw new Error('nothing is wrong with them');
}
