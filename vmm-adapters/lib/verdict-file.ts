// Remembers which accelerators work, until the host is started anew. Whatever is wrong with the file, it is as if nothing were remembered.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Verdict } from './qemu-trial.ts';

export interface VerdictFile {
  find(key: string): Promise<Verdict | undefined>;
  remember(key: string, verdict: Verdict): Promise<void>;
}

/** `host`: what must still be the same for a verdict to count: the host's kernel and its present run, or another one may do otherwise. */
export function openVerdictFile(path: string, host: string): VerdictFile {
  return {
    async find(key) {
      return (await read(path, host)).get(key);
    },
    async remember(key, verdict) {
      const verdicts = new Map(await read(path, host)).set(key, verdict);
      const own = `${path}.${randomBytes(4).toString('hex')}`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(own, `${JSON.stringify({ host, verdicts: Object.fromEntries(verdicts) }, undefined, 2)}\n`);
        await rename(own, path);
      } catch {
        // Then the next start tries again: slower, and right.
        await rm(own, { force: true }).catch(() => undefined);
      }
    },
  };
}

async function read(path: string, host: string): Promise<ReadonlyMap<string, Verdict>> {
  const found = new Map<string, Verdict>();
  const file = fieldsOf(parse(await readFile(path, 'utf8').catch(() => '')));
  if (file.get('host') !== host) return found;
  for (const [key, value] of fieldsOf(file.get('verdicts'))) {
    const works = fieldsOf(value).get('works');
    const because = fieldsOf(value).get('because');
    if (typeof works === 'boolean' && typeof because === 'string') found.set(key, { works, because });
  }
  return found;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}
