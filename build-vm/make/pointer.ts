// Pointers in the cache: which finished build-VM belongs to a state of the checkout, and whether it was made here or loaded.
import { readFileSync } from 'node:fs';
import { replaceFile } from './cache-layout.ts';

export interface Pointer {
  readonly digest: string;
  readonly origin: 'made' | 'loaded';
}

/** The pointer in `file`; undefined when there is none or it is damaged, which only means making the build-VM again. */
export function readPointer(file: string): Pointer | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const [, digest, origin] = /^([0-9a-f]{64}) (made|loaded)\n$/.exec(text) ?? [];
  if (digest === undefined || origin === undefined) return undefined;
  return { digest, origin: origin === 'made' ? 'made' : 'loaded' };
}

export async function writePointer(file: string, pointer: Pointer): Promise<void> {
  await replaceFile(file, `${pointer.digest} ${pointer.origin}\n`);
}
