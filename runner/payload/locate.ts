// Finds the host file that a source in a build file means, and refuses what leads out of the build folder.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Digest } from '../../jobs/lib/digest.ts';
import type { OptionPath } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import type { Source } from '../../jobs/lib/source.ts';
import { didYouMean } from '../build-file/did-you-mean.ts';
import type { Fetched } from '../fetch/wanted.ts';
import { isOutside } from '../outside.ts';
import { quoted } from '../printable.ts';
import { fileChunks } from './file-bytes.ts';

/** What sources may name. */
export interface SourceFacts {
  /** The folder, absolute, that paths in this option begin at: that of the file in which the option is written. */
  readonly folderOf: (at: OptionPath) => string;
  /** What `vmb:NAME` stands for: absolute paths of what the build-VM of the build's arch brings along. Asked for only where needed. */
  readonly vmbInputs: () => ReadonlyMap<string, string>;
  /** Names of the artifacts that earlier steps make. */
  readonly artifacts: ReadonlySet<string>;
  /** What the last successful build of the same build file handed out under a name; nothing is known of it without. */
  readonly previous?: (name: string) => PreviousArtifact;
  /** What earlier fetches are for, by the name that other jobs call it. */
  readonly fetched: ReadonlyMap<string, Fetched>;
  /** Where the store has, or will have, the content of a digest. */
  readonly storePath: (digest: Digest) => string;
}

/** `because` is a part of a sentence. */
export type PreviousArtifact =
  | { readonly kind: 'there'; readonly path: string }
  | { readonly kind: 'missing'; readonly because: string };

/** Where the bytes of a source are; `label` is how people write it. An artifact's exist only once its step is done. */
export type Located =
  | { readonly kind: 'file'; readonly label: string; readonly path: string }
  | { readonly kind: 'artifact'; readonly label: string; readonly name: string }
  /** Its digests are known, its bytes are in the store once the build begins. */
  | { readonly kind: 'fetched'; readonly label: string; readonly fetched: Fetched };

/** @throws JobMistake */
export function locate(source: Source, facts: SourceFacts, at: OptionPath): Located {
  switch (source.kind) {
    case 'file':
      return { kind: 'file', label: source.path, path: locateFile(source.path, facts.folderOf(at), at) };
    case 'vmb':
      return { kind: 'file', label: `vmb:${source.name}`, path: locateInput(source.name, facts.vmbInputs(), at) };
    case 'artifact':
      return {
        kind: 'artifact',
        label: `artifact:${source.name}`,
        name: knownArtifact(source.name, facts.artifacts, at),
      };
    case 'previous': {
      const found = previousArtifact(source.name, facts);
      if (found.kind === 'there') return { kind: 'file', label: `previous:${source.name}`, path: found.path };
      throw new JobMistake(
        at,
        `there is no earlier ${quoted(source.name)}, because ${found.because}`,
        'build it first',
      );
    }
    case 'fetched': {
      const fetched = knownFetched(source.name, facts.fetched, at);
      return { kind: 'fetched', label: fetched.label, fetched };
    }
  }
}

/**
 * Length of what exists before the build; undefined for artifacts, for what is no file, and for what is fetched: a plan must
 * be the same whether it was fetched before or not. @throws JobMistake
 */
export function sourceSizeBytes(source: Source, facts: SourceFacts, at: OptionPath): number | undefined {
  const located = locate(source, facts, at);
  if (located.kind !== 'file') return undefined;
  const stats = statSync(located.path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : undefined;
}

export function previousArtifact(name: string, { previous }: SourceFacts): PreviousArtifact {
  return previous?.(name) ?? { kind: 'missing', because: 'nothing is known of earlier builds' };
}

const startBytes = 8;

/** The first bytes of such a file. @throws JobMistake */
export function sourceStart(source: Source, facts: SourceFacts, at: OptionPath): Uint8Array | undefined {
  const located = locate(source, facts, at);
  if (located.kind !== 'file' || statSync(located.path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  for (const chunk of fileChunks(located.path, { offsetBytes: 0, lengthBytes: startBytes }))
    return Uint8Array.from(chunk);
  return new Uint8Array();
}

function locateFile(path: string, folder: string, at: OptionPath): string {
  const whole = resolve(folder, path);
  if (isAbsolute(path) || path.includes('\0') || isOutside(whole, folder)) {
    throw new JobMistake(
      at,
      `${quoted(path)} leads out of the build folder, so that the build would depend on this machine`,
      'copy it into the build folder and name it from there',
    );
  }
  if (!existsSync(whole)) {
    throw new JobMistake(
      at,
      `there is no ${quoted(path)} in the build folder ${folder}`,
      'make it, or correct the path',
    );
  }
  const real = realpathSync(whole);
  if (isOutside(real, realpathSync(folder))) {
    throw new JobMistake(
      at,
      `${quoted(path)} is a link that leads out of the build folder, to ${real}`,
      'put the file itself into the build folder',
    );
  }
  const facts = statSync(real);
  if (facts.isFile() || facts.isDirectory()) return real;
  throw new JobMistake(
    at,
    `${quoted(path)} is a device, a socket or a pipe`,
    'name a file or folder with the bytes themselves',
  );
}

function locateInput(name: string, inputs: ReadonlyMap<string, string>, at: OptionPath): string {
  const path = inputs.get(name);
  if (path !== undefined) return path;
  const names = [...inputs.keys()];
  throw new JobMistake(
    at,
    `vmb brings no ${quoted(`vmb:${name}`)} along${didYouMean(name, names)}`,
    `use one of: ${names.map((known) => `vmb:${known}`).join(', ')}`,
  );
}

function knownArtifact(name: string, artifacts: ReadonlySet<string>, at: OptionPath): string {
  if (artifacts.has(name)) return name;
  const names = [...artifacts];
  throw new JobMistake(
    at,
    `no step before this one makes an artifact ${quoted(name)}${didYouMean(name, names)}`,
    names.length === 0 ? 'make it first' : `use one of: ${names.map((known) => `artifact:${known}`).join(', ')}`,
  );
}

function knownFetched(name: string, fetched: SourceFacts['fetched'], at: OptionPath): Fetched {
  const found = fetched.get(name);
  if (found !== undefined) return found;
  const names = [...fetched.keys()].filter((known) => !known.startsWith('#'));
  throw new JobMistake(
    at,
    `no fetch before this step has as = ${quoted(name)}${didYouMean(name, names)}`,
    names.length === 0 ? 'fetch it first' : `use one of: ${names.map((known) => `fetched:${known}`).join(', ')}`,
  );
}
