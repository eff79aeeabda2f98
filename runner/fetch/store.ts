// The content-addressed store below the cache folder: a file has its digest as name, appears there whole, and is checked when taken.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../jobs/lib/digest.ts';

export interface Store {
  readonly folder: string;
  /** Where the content of this digest lies, if it is there. */
  path(digest: Digest): string;
  /** Whether it is there and whole, read to its end; what is damaged is removed. */
  has(digest: Digest, signal?: AbortSignal): Promise<boolean>;
  /** A name for a file or folder, on the store's filesystem, that `keep` takes or the caller removes. */
  newFile(): Promise<string>;
  /** Gives a file of `newFile`, whose digest the caller has seen, its name. Every use checks it, so it need not be durable at once. */
  keep(path: string, digest: Digest): Promise<void>;
}

const dayMs = 24 * 60 * 60 * 1000;

export function storeFolder(cacheFolder: string): string {
  return join(cacheFolder, 'store');
}

/** Where files lie while they come. */
export function incomingFolder(cacheFolder: string): string {
  return join(storeFolder(cacheFolder), 'incoming');
}

export function openStore(cacheFolder: string): Store {
  const folder = storeFolder(cacheFolder);
  const path = ({ algorithm, hex }: Digest) => join(folder, algorithm, hex);
  return {
    folder,
    path,
    async has(digest, signal) {
      const place = path(digest);
      const facts = await lstat(place).catch(() => undefined);
      if (facts === undefined) return false;
      if (facts.isFile() && (await digestOfFile(place, digest.algorithm, signal)) === digest.hex) return true;
      await rm(place, { recursive: true, force: true });
      return false;
    },
    async newFile() {
      const incoming = incomingFolder(cacheFolder);
      // What a password opens may be in it.
      await mkdir(incoming, { recursive: true, mode: 0o700 });
      await removeOld(incoming);
      return join(incoming, `${process.pid}-${randomBytes(8).toString('hex')}`);
    },
    async keep(temporary, digest) {
      await mkdir(join(folder, digest.algorithm), { recursive: true });
      await chmod(temporary, 0o444);
      await rename(temporary, path(digest));
    },
  };
}

/** In hexadecimal digits. */
export async function digestOfFile(path: string, algorithm: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/** What a killed vmb left half done; nothing is on its way for so long without growing. */
async function removeOld(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const facts = await stat(join(incoming, name)).catch(() => undefined);
    if (facts !== undefined && Date.now() - facts.mtimeMs > dayMs)
      await rm(join(incoming, name), { recursive: true, force: true });
  }
}
