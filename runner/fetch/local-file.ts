// Opens a file of this machine for a fetch: a plain file, never a pipe or a device that would wait or never end.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { FetchError } from './fetch-error.ts';
import type { Incoming } from './receive.ts';

/** @throws FetchError `not-found`, `unreadable` */
export async function openLocalFile(path: string): Promise<Incoming> {
  // Opening a pipe waits for its other end, unless told not to.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new FetchError('not-found', 'there is no such file', { cause });
    throw new FetchError('unreadable', `it cannot be read (${cause.code ?? cause.message})`, { cause });
  });
  const facts = await handle.stat();
  if (!facts.isFile()) {
    await handle.close();
    throw new FetchError('unreadable', 'it is no plain file');
  }
  // The stream closes the handle at its end, whatever that is.
  const bytes = handle.createReadStream({ highWaterMark: 1024 * 1024 });
  return { bytes, totalBytes: facts.size, modifiedSeconds: Math.floor(facts.mtimeMs / 1000) };
}
