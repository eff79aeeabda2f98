// Writes everything that a build takes in, but the build-VM, to one file: a tar archive of the build folder and of the store's files.
import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import type { TarEntry } from '../../build-vm/border/tar-entry.ts';
import { writeTar } from '../../build-vm/border/tar-write.ts';
import { digestText } from '../../jobs/lib/digest.ts';
import { unchangedChunks } from '../payload/file-bytes.ts';
import { scan } from '../payload/scan.ts';
import { treeContent } from '../payload/tar-entries.ts';
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
  buildFolder: string,
  wishes: readonly Wish[],
  cacheFolder: string,
  signal: AbortSignal,
): Promise<Saved> {
  const how = { attributes: {}, vars: new Map<string, string>(), epochSeconds: 0, at: [] };
  // As in copies of repositories: the settings of a git working copy may hold passwords.
  const scanned = scan(buildFolder).filter(({ path }) => !path.toString('latin1').split('/').includes('.git'));
  const tree = treeContent(scanned, bundled.build, how).entries;
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

async function storedEntry(name: string, { digest }: WantedFile, store: Store): Promise<TarEntry> {
  const path = store.path(digest);
  const content = async function* () {
    yield* unchangedChunks(path, digestText(digest));
  };
  const { size: sizeBytes } = await stat(path);
  const common = { mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0 };
  return { ...common, path: `${bundled.store}/${name}`, type: 'file', sizeBytes, content };
}
