// Brings every file that a build wants into the store: several at a time, each from the first place that has it, all failures at once.
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import type { EventSink } from '../event.ts';
import type { Environment, Folders } from '../state/folders.ts';
import { debOf, fetchByApt } from './deb-packages.ts';
import { type FileFailure, fetchFailed } from './failures.ts';
import { FetchError } from './fetch-error.ts';
import { type HttpTimes, openHttp } from './http.ts';
import { type Mirrors, readMirrors } from './mirrors.ts';
import { openOrigin } from './open-origin.ts';
import { tellProgress } from './progress.ts';
import { type Incoming, receive } from './receive.ts';
import { openStore, type Store } from './store.ts';
import type { FileOrigin, WantedFile, Wish } from './wanted.ts';

export interface ObtainFacts {
  readonly folders: Pick<Folders, 'cache' | 'config'>;
  /** For proxies. */
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly emit: EventSink;
  /** Take files of this machine only. */
  readonly offline: boolean;
  readonly commands?: CommandRunner;
  readonly times?: HttpTimes;
}

const atATime = 4;

/** @throws RunnerError `fetch-failed`; the signal's reason */
export async function obtain(wishes: readonly Wish[], facts: ObtainFacts): Promise<void> {
  const { signal } = facts;
  const store = openStore(facts.folders.cache);
  const missing = await missingFiles(wishes, store, signal);
  if (missing.size === 0) return;
  const failures = new Map<WantedFile, FileFailure[]>();
  if (!facts.offline) await obtainByApt(wishes, missing, store, failures, facts);
  const left = [...missing.keys()];
  const mirrors = left.some((file) => debOf(file) !== undefined) ? await readMirrors(facts.folders.config) : () => [];
  const http = openHttp(facts.environment, facts.times);
  const open: Obtaining['open'] = (origin, retries) =>
    openOrigin(origin, retries, { http, signal, offline: facts.offline });
  try {
    await inParallel(left, async (file) => {
      const failed = failures.get(file) ?? [];
      failures.set(file, failed);
      if (await obtainOne(file, originsOf(file, mirrors, facts.offline), { store, open, failed, facts }))
        missing.delete(file);
    });
  } finally {
    await http.close();
  }
  if (missing.size > 0)
    throw fetchFailed(
      [...missing].map(([file, wish]) => ({ fileName: file.fileName, wish, failed: failures.get(file) ?? [] })),
    );
}

/** Files that are not in the store, each with the first wish that wants it. */
async function missingFiles(
  wishes: readonly Wish[],
  store: Store,
  signal: AbortSignal,
): Promise<Map<WantedFile, Wish>> {
  const byDigest = new Map<string, { file: WantedFile; wish: Wish }>();
  for (const wish of wishes) {
    for (const file of wish.fetched.files) {
      const key = `${file.digest.algorithm} ${file.digest.hex}`;
      if (!byDigest.has(key)) byDigest.set(key, { file, wish });
    }
  }
  const missing = new Map<WantedFile, Wish>();
  for (const { file, wish } of byDigest.values()) {
    if (!(await store.has(file.digest, signal))) missing.set(file, wish);
  }
  return missing;
}

/** Debian packages in as few calls of apt as possible; what it gives is missing no more. */
async function obtainByApt(
  wishes: readonly Wish[],
  missing: Map<WantedFile, Wish>,
  store: Store,
  failures: Map<WantedFile, FileFailure[]>,
  facts: ObtainFacts,
): Promise<void> {
  for (const debianArch of new Set(wishes.map(({ fetched }) => fetched.debianArch))) {
    const files = [...missing].flatMap(([file, { fetched }]) =>
      fetched.debianArch === debianArch && debOf(file) !== undefined ? [file] : [],
    );
    if (files.length === 0) continue;
    const name = files.length === 1 ? (files[0]?.fileName ?? '') : `${files.length} Debian packages`;
    const sizes = files.map(({ sizeBytes }) => sizeBytes);
    const total = sizes.reduce(
      (sum: number | undefined, size) => (sum === undefined || size === undefined ? undefined : sum + size),
      0,
    );
    const progress = tellProgress({ name, from: 'apt' }, facts.emit);
    let done = 0;
    const obtained = (file: WantedFile, sizeBytes: number) => {
      missing.delete(file);
      done += sizeBytes;
      progress.went(done, total);
    };
    const failed = await fetchByApt(files, debianArch, { ...facts, store, obtained });
    if (done > 0) progress.ended(done);
    for (const [file, error] of failed) failures.set(file, [{ shown: debOf(file)?.shown ?? '', error }]);
  }
}

/** The places to try; apt has been asked before. */
function originsOf(file: WantedFile, mirrors: Mirrors, offline: boolean): FileOrigin[] {
  return file.origins.flatMap((origin) => {
    if (origin.kind !== 'deb') return [origin];
    const others = mirrors(origin.poolPath);
    return offline ? [origin, ...others] : others;
  });
}

interface Obtaining {
  readonly store: Store;
  readonly open: (origin: FileOrigin, retries: number) => Promise<Incoming>;
  /** Takes what went wrong, place by place. */
  readonly failed: FileFailure[];
  readonly facts: ObtainFacts;
}

async function obtainOne(file: WantedFile, origins: readonly FileOrigin[], how: Obtaining): Promise<boolean> {
  const { store, open, failed, facts } = how;
  for (const origin of origins) {
    facts.signal.throwIfAborted();
    const progress = tellProgress({ name: file.fileName, from: origin.shown }, facts.emit);
    try {
      const incoming = await open(origin, file.retries);
      const { digest, mostBytes } = file;
      const options = { digest, mostBytes, signal: facts.signal, progress: progress.went };
      progress.ended((await receive(store, incoming, options)).sizeBytes);
      return true;
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      failed.push({ shown: origin.shown, error });
    }
  }
  return false;
}

/** Does them all, a few at a time; the first that throws ends it. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, worker));
}
