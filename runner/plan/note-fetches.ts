// Keeps what the fetches of a build are for while it is planned, by the names that other jobs call them.
import { dirname } from 'node:path';
import type { FetchEffects } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import type { BuildFile, JobEntry } from '../build-file/build-file.ts';
import type { Locks } from '../fetch/locks.ts';
import { planFetch, unknownFile } from '../fetch/plan-fetch.ts';
import type { Fetched } from '../fetch/wanted.ts';
import type { SourceFacts } from '../payload/locate.ts';
import { quoted } from '../printable.ts';

export interface FetchingFacts extends Pick<SourceFacts, 'storePath'> {
  readonly locks: Locks;
  /** While `vmb lock` makes one. */
  readonly unlocked: boolean;
}

interface NotedFetches {
  readonly noted: ReadonlyMap<string, Fetched>;
  /** Makes known what a fetch is for; a stand-in after a mistake, so that it stays one. */
  note(entry: JobEntry, effects: FetchEffects, report: (mistake: unknown) => void): void;
}

interface NoteRequest {
  readonly buildFile: Pick<BuildFile, 'arch' | 'name'>;
  readonly repository: string;
  readonly fetching: FetchingFacts;
}

/** `doubtful`: names that jobs with mistakes may have given. */
export function noteFetches(
  { buildFile, repository, fetching }: NoteRequest,
  doubtful: Iterable<string>,
): NotedFetches {
  const noted = new Map<string, Fetched>([...doubtful].map((name) => [name, standIn(name)]));
  const names = new Set<string>();
  const { arch, name: build } = buildFile;
  const { locks, unlocked } = fetching;
  const lockCommand = `vmb lock --repo ${repository} --name ${build}`;
  return {
    noted,
    note(entry, effects, report) {
      const name = fetchedName(entry, effects);
      const label = effects.as === undefined ? 'fetched' : `fetched:${name}`;
      if (effects.as !== undefined && names.has(name)) {
        report(new JobMistake(effects.as.at, `another fetch has as = ${quoted(name)} already`, 'choose another name'));
      }
      names.add(name);
      noted.set(name, standIn(name));
      // Of the build file that says so, which may be a parent.
      const folder = dirname(entry.position(effects.fetch.at).file);
      try {
        noted.set(name, planFetch(effects.fetch, label, { folder, arch, locks, unlocked, lockCommand }));
      } catch (error) {
        report(error);
      }
    },
  };
}

/** What the sources of a build call it: the user's name, or one that no build file can say. */
export function fetchedName(entry: JobEntry, { as }: FetchEffects): string {
  return as?.name ?? `#${entry.number}`;
}

function standIn(name: string): Fetched {
  return { label: `fetched:${name}`, kind: 'file', files: [unknownFile], line: undefined, debianArch: 'amd64' };
}
