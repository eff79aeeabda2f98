// Finds out the digest of a file by fetching it once, from the first place that has it.
import type { Apt } from '../../build-vm/make/apt.ts';
import type { FileFailure } from './failures.ts';
import { FetchError } from './fetch-error.ts';
import type { HttpClient } from './http.ts';
import type { ObtainFacts } from './obtain.ts';
import { openOrigin } from './open-origin.ts';
import { tellProgress } from './progress.ts';
import { receive } from './receive.ts';
import { openStore } from './store.ts';
import type { Trusted } from './trusted.ts';
import type { FileOrigin, WantedFile, Wish } from './wanted.ts';
import { withApt } from './with-apt.ts';

interface LockFileFacts extends Omit<ObtainFacts, 'offline'> {
  readonly http: HttpClient;
}

/** `failed` takes what went wrong before, place by place. @throws FetchError where no place has it */
export async function lockFile(
  key: string,
  { fetched }: Wish,
  failed: FileFailure[],
  facts: LockFileFacts,
): Promise<Trusted> {
  const [file] = fetched.files;
  for (const origin of file?.origins ?? []) {
    try {
      if (file === undefined) break;
      if (origin.kind === 'deb') return await lockDeb(key, origin, fetched.debianArch, facts);
      return await fetchOnce(key, file, origin, facts);
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      failed.push({ shown: origin.shown, error });
    }
  }
  throw new FetchError('unreachable', 'no place has it');
}

async function fetchOnce(
  key: string,
  { fileName, mostBytes, retries }: WantedFile,
  origin: FileOrigin,
  { http, signal, emit, folders }: LockFileFacts,
): Promise<Trusted> {
  const { shown } = origin;
  const progress = tellProgress({ name: fileName, from: shown }, emit);
  const incoming = await openOrigin(origin, retries, { http, signal, offline: false });
  const options = { digest: undefined, mostBytes, signal, progress: progress.went };
  const locked = await receive(openStore(folders.cache), incoming, options);
  progress.ended(locked.sizeBytes);
  const way = origin.kind === 'file' ? 'file' : shown.startsWith('https:') ? 'https' : 'http';
  return { kind: 'file', key, locked, shown, way, modifiedSeconds: incoming.modifiedSeconds };
}

/** Lists of packages name digests: nothing has to be fetched for that. */
async function lockDeb(
  key: string,
  origin: Extract<FileOrigin, { kind: 'deb' }>,
  debianArch: string,
  facts: LockFileFacts,
): Promise<Trusted> {
  const find = async ({ apt }: { readonly apt: Apt }) => {
    const offered = await apt.show([origin.name]);
    const same = offered.find(
      ({ name, version, architecture }) =>
        name === origin.name && version === origin.version && architecture === (origin.arch ?? architecture),
    );
    if (same !== undefined) return { ...same, modifiedSeconds: await apt.newestRelease() };
    const versions = offered.map(({ version }) => version).join(', ');
    throw new FetchError('no-package', `the archives of this machine have ${versions === '' ? 'none' : versions}`);
  };
  const { sha256, sizeBytes, modifiedSeconds } = await withApt(debianArch, facts, find);
  const locked = { digest: { algorithm: 'sha256', hex: sha256 }, sizeBytes } as const;
  return { kind: 'file', key, locked, shown: origin.shown, way: 'apt', modifiedSeconds };
}
