// What a person reads of a build file: all that reading and planning find, without a VM and without a build-VM.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatMistakes } from '../../../../runner/build-file/mistakes.ts';
import { readBuildFile } from '../../../../runner/build-file/read-variants.ts';
import { emptyLock } from '../../../../runner/fetch/build-lock.ts';
import { draftPlan } from '../../../../runner/plan/make-plan.ts';
import { registry } from '../../../../runner/registry.ts';

export interface Read {
  readonly ok: boolean;
  /** One line for each mistake; the folder is left out. */
  readonly text: string;
}

export interface Reader {
  read(name: string, content: string | Uint8Array): Promise<Read>;
  remove(): Promise<void>;
}

/** A build folder with nothing but the build file. */
export async function makeReader(): Promise<Reader> {
  const folder = await mkdtemp(join(tmpdir(), 'vmb-malformed-'));
  const busybox = join(folder, 'busybox');
  await writeFile(busybox, Buffer.alloc(1000));
  return {
    async read(name, content) {
      const path = join(folder, name);
      await writeFile(path, content);
      const read = await readBuildFile(path, { vars: new Map(), environment: {}, jobs: registry });
      const vmbInputs = () => new Map([['busybox', busybox]]);
      const rest = read.ok ? { buildFile: read.buildFile } : read.rest;
      const locks = { folder, own: emptyLock, parents: new Map() };
      const fetching = { locks, unlocked: false, storePath: () => join(folder, 'store') };
      const drafted = rest && draftPlan({ ...rest, repository: 'test', vmbInputs, fetching });
      const mistakes = [...(read.ok ? [] : read.mistakes), ...(drafted?.ok === false ? drafted.mistakes : [])];
      const text = formatMistakes(mistakes, folder).replaceAll(folder, 'FOLDER');
      return { ok: mistakes.length === 0, text };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
