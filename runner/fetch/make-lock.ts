// Makes a build.lock: fetches once what the build file gives no digest of, and asks apt what packages need.
import type { FetchPlan } from '../../jobs/lib/fetch-plan.ts';
import { isEpoch } from '../build-file/epoch.ts';
import type { BuildLock } from './build-lock.ts';
import { type FileFailure, fetchFailed, type MissingFile } from './failures.ts';
import { FetchError } from './fetch-error.ts';
import { openHttp } from './http.ts';
import { lockFile } from './lock-file.ts';
import { lockPackages } from './lock-packages.ts';
import type { ObtainFacts } from './obtain.ts';
import type { Trusted } from './trusted.ts';
import type { Wish } from './wanted.ts';

export interface LockWish extends Wish {
  readonly plan: FetchPlan;
}

export interface LockFacts extends Omit<ObtainFacts, 'offline'> {
  /** Lines of the lock as it was; they stay, those of this build unless `renew` says otherwise. */
  readonly before: BuildLock;
  readonly renew: boolean;
}

/** @throws RunnerError `fetch-failed` with everything that could not be had */
export async function makeLock(
  wishes: readonly LockWish[],
  facts: LockFacts,
): Promise<{ readonly lock: BuildLock; readonly trusted: readonly Trusted[] }> {
  const trusted: Trusted[] = [];
  const missing: MissingFile[] = [];
  const http = openHttp(facts.environment, facts.times);
  try {
    for (const [key, wish] of wantedLines(wishes, facts.renew)) {
      facts.signal.throwIfAborted();
      const failed: FileFailure[] = [];
      const { plan } = wish;
      try {
        trusted.push(
          plan.kind === 'packages'
            ? await lockPackages(key, plan, wish.fetched.debianArch, facts)
            : await lockFile(key, wish, failed, { ...facts, http }),
        );
      } catch (error) {
        if (!(error instanceof FetchError)) throw error;
        const last = plan.kind === 'packages' ? [{ shown: plan.names.join(', '), error }] : [];
        const fileName = plan.kind === 'file' ? plan.fileName : '';
        missing.push({ fileName, wish, failed: [...failed, ...last], locking: true });
      }
    }
  } finally {
    await http.close();
  }
  if (missing.length > 0) throw fetchFailed(missing);
  return { lock: withNew(facts.before, trusted), trusted };
}

/** Lines that the lock lacks, by key; two jobs may want the same. */
function wantedLines(wishes: readonly LockWish[], renew: boolean): Map<string, LockWish> {
  const wanted = new Map<string, LockWish>();
  for (const wish of wishes) {
    const { line } = wish.fetched;
    if (line !== undefined && (!line.isLocked || renew)) wanted.set(line.key, wish);
  }
  return wanted;
}

/** Renewing moves it forward only, and never beyond this machine's clock, whatever a server says. */
function newestEpoch(before: number | undefined, trusted: readonly Trusted[]): number | undefined {
  const now = Math.floor(Date.now() / 1000);
  const times = trusted
    .flatMap(({ modifiedSeconds }) => modifiedSeconds ?? [])
    .map((seconds) => Math.min(seconds, now));
  const usable = [...times.filter(isEpoch), ...(before === undefined ? [] : [before])];
  return usable.length === 0 ? undefined : Math.max(...usable);
}

function withNew(before: BuildLock, trusted: readonly Trusted[]): BuildLock {
  const files = new Map(before.files);
  const packages = new Map(before.packages);
  for (const one of trusted) {
    if (one.kind === 'file') files.set(one.key, one.locked);
    else packages.set(one.key, one.list);
  }
  return { epochSeconds: newestEpoch(before.epochSeconds, trusted), files, packages };
}
