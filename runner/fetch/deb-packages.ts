// Gets Debian packages by the host's own apt configuration, many at a time; what apt cannot give is left to mirrors.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchivePackage } from '../../build-vm/make/apt.ts';
import { FetchError } from './fetch-error.ts';
import { openLocalFile } from './local-file.ts';
import { receive } from './receive.ts';
import type { Store } from './store.ts';
import type { FileOrigin, WantedFile } from './wanted.ts';
import { type AptFacts, type OpenedApt, withApt } from './with-apt.ts';

export interface DebFacts extends AptFacts {
  readonly store: Store;
  /** Called with each file that is in the store now. */
  readonly obtained: (file: WantedFile, sizeBytes: number) => void;
}

type DebOrigin = Extract<FileOrigin, { kind: 'deb' }>;

/** So many in one call of apt-get, so that progress can be told. */
const batchSize = 24;

/** Why each file that is not in the store now could not be had by apt. */
export async function fetchByApt(
  files: readonly WantedFile[],
  debianArch: string,
  facts: DebFacts,
): Promise<Map<WantedFile, FetchError>> {
  const failures = new Map<WantedFile, FetchError>();
  try {
    await withApt(debianArch, facts, (opened) => fetchInto(opened, files, failures, facts));
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    for (const file of files) failures.set(file, error);
  }
  return failures;
}

async function fetchInto(
  { apt, folder }: OpenedApt,
  files: readonly WantedFile[],
  failures: Map<WantedFile, FetchError>,
  facts: DebFacts,
): Promise<void> {
  const offered = await apt.show([...new Set(files.map((file) => debOf(file)?.name ?? ''))].sort());
  const wanted: { file: WantedFile; word: string }[] = [];
  for (const file of files) {
    const same = offered.find((one) => isSame(file, one));
    if (same !== undefined) wanted.push({ file, word: `${same.name}=${same.version}` });
    else failures.set(file, new FetchError('no-package', 'the archives of this machine have no such package'));
  }
  for (let start = 0; start < wanted.length; start += batchSize) {
    facts.signal.throwIfAborted();
    const batch = wanted.slice(start, start + batchSize);
    const downloads = join(folder, `downloads-${start}`);
    await mkdir(downloads);
    const words = batch.map(({ word }) => word);
    const paths = await apt.download(words, downloads);
    for (const { file } of batch) await takeFrom(paths, file, failures, facts);
    await rm(downloads, { recursive: true });
  }
}

/** Moves the download that has the wanted digest into the store. */
async function takeFrom(
  paths: readonly string[],
  file: WantedFile,
  failures: Map<WantedFile, FetchError>,
  { store, signal, obtained }: DebFacts,
): Promise<void> {
  const origin = debOf(file);
  const begin = `/${origin?.name}_`;
  for (const path of paths.filter((one) => one.slice(one.lastIndexOf('/')).startsWith(begin))) {
    try {
      const { digest, mostBytes } = file;
      const options = { digest, mostBytes, signal, progress: () => undefined };
      const { sizeBytes } = await receive(store, await openLocalFile(path), options);
      failures.delete(file);
      obtained(file, sizeBytes);
      return;
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      failures.set(file, error);
    }
  }
  if (!failures.has(file)) failures.set(file, new FetchError('no-package', 'apt-get brought no such file'));
}

export function debOf(file: WantedFile): DebOrigin | undefined {
  return file.origins.find((origin) => origin.kind === 'deb');
}

function isSame(file: WantedFile, offered: ArchivePackage): boolean {
  const origin = debOf(file);
  if (origin?.name !== offered.name || origin.version !== offered.version) return false;
  if (origin.arch !== undefined && origin.arch !== offered.architecture) return false;
  return file.digest.algorithm !== 'sha256' || file.digest.hex === offered.sha256;
}
