// What was fetched as entries of a tree to bring in: plain files with the digests of the plan, mode 0644.
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { type Digest, digestText } from '../../jobs/lib/digest.ts';
import type { OptionPath } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import type { Fetched, WantedFile } from '../fetch/wanted.ts';
import { quoted } from '../printable.ts';
import type { ScannedEntry } from './scan.ts';

/** @throws JobMistake for a list of packages */
export function onlyFile(fetched: Fetched, at: OptionPath): WantedFile {
  const [file] = fetched.files;
  if (fetched.kind === 'file' && file !== undefined) return file;
  throw new JobMistake(
    at,
    `${quoted(fetched.label)} is a folder of packages, but this must be a file`,
    'fetch one file, by a url of its own',
  );
}

/** `withSizes`: as they are in the store; before they are there, lengths are 0. */
export function fetchedEntries(
  fetched: Fetched,
  storePath: (digest: Digest) => string,
  withSizes: boolean,
): ScannedEntry[] {
  const entries = fetched.files.map(({ fileName, digest }): ScannedEntry => {
    const hostPath = storePath(digest);
    return {
      kind: 'file',
      path: Buffer.from(fetched.kind === 'file' ? '' : fileName),
      hostPath: Buffer.from(hostPath),
      executable: false,
      sizeBytes: withSizes ? statSync(hostPath).size : 0,
      digest: digestText(digest),
    };
  });
  return fetched.kind === 'file' ? entries : [{ kind: 'folder', path: Buffer.alloc(0) }, ...entries];
}

/** What it all is, whatever it is called and wherever it comes from; of several files over their names, too. */
export function digestOfAll({ kind, files }: Fetched): string {
  const [only] = files;
  if (kind === 'file' && only !== undefined) return digestText(only.digest);
  const hash = createHash('sha256');
  for (const { fileName, digest } of files) hash.update(`${JSON.stringify([fileName, digestText(digest)])}\n`);
  return hash.digest('hex');
}

/** Undefined where a size is not known before it is here. */
export function totalBytes({ files }: Fetched): number | undefined {
  return files.reduce<number | undefined>(
    (sum, { sizeBytes }) => (sum === undefined || sizeBytes === undefined ? undefined : sum + sizeBytes),
    0,
  );
}
