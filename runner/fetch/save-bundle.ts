// Writes everything that a build takes in, but the build-VM, to one file: a tar archive of build folders and of the store's files.
import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import type { TarEntry } from '../../build-vm/border/tar-entry.ts';
import { checkLinkTarget } from '../../build-vm/border/tar-path.ts';
import { writeTar } from '../../build-vm/border/tar-write.ts';
import { digestText } from '../../jobs/lib/digest.ts';
import { unchangedChunks } from '../payload/file-bytes.ts';
import { type ScannedEntry, scan, UnreadableInput } from '../payload/scan.ts';
import { treeContent } from '../payload/tar-entries.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import type { BundledFolder } from './bundle-folders.ts';
import { openStore, type Store } from './store.ts';
import type { WantedFile, Wish } from './wanted.ts';

/** Names of the two folders in the archive. */
export const bundled = { build: 'build', store: 'store' };

export interface Saved {
  /** Files of the store. */
  readonly files: number;
  readonly sizeBytes: number;
}

/** What is wanted must be in the store. The file is whole, or it is not there; equal inputs give equal bytes. */
export async function saveBundle(
  file: string,
  folders: readonly BundledFolder[],
  wishes: readonly Wish[],
  cacheFolder: string,
  signal: AbortSignal,
): Promise<Saved> {
  const tree = folders.flatMap(folderEntries);
  const store = openStore(cacheFolder);
  const wanted = new Map(
    wishes.flatMap(({ fetched }) => fetched.files).map((one) => [`${one.digest.algorithm}/${one.digest.hex}`, one]),
  );
  const stored: TarEntry[] = [];
  for (const [name, one] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    stored.push(await storedEntry(name, one, store));
  }
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx');
  let sizeBytes = 0;
  try {
    for await (const chunk of writeTar([...tree, ...stored])) {
      signal.throwIfAborted();
      await handle.writeFile(chunk);
      sizeBytes += chunk.length;
    }
    await handle.close();
    await rename(temporary, file);
  } finally {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
  }
  return { files: stored.length, sizeBytes };
}

function folderEntries({ folder, place }: BundledFolder): TarEntry[] {
  const how = { attributes: {}, vars: new Map<string, string>(), epochSeconds: 0, at: [] };
  const top = place === '' ? bundled.build : `${bundled.build}/${place}`;
  const entries = treeContent(scanned(folder), top, how).entries;
  for (const entry of entries)
    if (entry.type === 'symlink') checkLink(folder, Buffer.from(entry.path), Buffer.from(entry.target));
  return [...entries];
}

function scanned(folder: string): ScannedEntry[] {
  try {
    // As in copies of repositories: the settings of a git working copy may hold passwords.
    return scan(folder).filter(({ path }) => !path.toString('latin1').split('/').includes('.git'));
  } catch (cause) {
    if (!(cause instanceof UnreadableInput)) throw cause;
    throw new RunnerError(
      'host',
      `${cause.message}; a bundle carries whole build folders, so take it out of there, or make it readable.`,
      { cause },
    );
  }
}

/** Whoever takes the bundle refuses links that lead out of it: better to hear that now. */
function checkLink(folder: string, path: Buffer, target: Buffer): void {
  try {
    checkLinkTarget(path, target);
  } catch (cause) {
    const name = path.toString().split('/').slice(1).join('/');
    throw new RunnerError(
      'host',
      `${folder}: a bundle cannot carry ${quoted(name)}, because it is a symbolic link that leads out of the build folder, or may; put what it stands in into a tar archive, for the job tar-in.`,
      { cause },
    );
  }
}

async function storedEntry(name: string, { digest }: WantedFile, store: Store): Promise<TarEntry> {
  const path = store.path(digest);
  const content = async function* () {
    yield* unchangedChunks(path, digestText(digest));
  };
  const { size: sizeBytes } = await stat(path);
  const common = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0 };
  return { ...common, path: `${bundled.store}/${name}`, type: 'file', sizeBytes, content };
}
