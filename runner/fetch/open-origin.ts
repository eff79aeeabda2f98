// Opens the places where files may be had over the network or on this machine; Debian packages of apt come in another way.
import { FetchError } from './fetch-error.ts';
import type { HttpClient } from './http.ts';
import { openLocalFile } from './local-file.ts';
import type { Incoming } from './receive.ts';
import type { FileOrigin } from './wanted.ts';

interface OpenFacts {
  readonly http: HttpClient;
  readonly signal: AbortSignal;
  /** Take files of this machine only. */
  readonly offline: boolean;
}

/** @throws FetchError */
export async function openOrigin(origin: FileOrigin, retries: number, facts: OpenFacts): Promise<Incoming> {
  if (origin.kind === 'file') return openLocalFile(origin.path);
  if (facts.offline) throw new FetchError('offline', 'nothing is fetched with --offline');
  if (origin.kind === 'http') return facts.http.get(origin, retries, facts.signal);
  throw new FetchError('no-package', 'apt does not have it');
}
