// Finds the bytes of a host action's input and digests what exists before the build.
import { createHash } from 'node:crypto';
import { digestText } from '../../jobs/lib/digest.ts';
import type { HostInput, OptionPath } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import type { Source } from '../../jobs/lib/source.ts';
import type { HostInputBytes, StepInput } from '../plan/plan.ts';
import { quoted } from '../printable.ts';
import { digestPath } from './digest-path.ts';
import { onlyFile } from './fetched-entries.ts';
import { locate, type SourceFacts } from './locate.ts';

export interface PlannedHostInput {
  readonly bytes: HostInputBytes;
  readonly input: StepInput;
}

/** `outStep`: number of the step that brings the action's places out. @throws JobMistake */
export function planHostInput(name: string, input: HostInput, outStep: number, facts: SourceFacts): PlannedHostInput {
  switch (input.kind) {
    case 'text': {
      const digest = createHash('sha256').update(input.text).digest('hex');
      const sizeBytes = Buffer.byteLength(input.text);
      return { bytes: { kind: 'text', text: input.text }, input: { name: `${name}: text`, digest, sizeBytes } };
    }
    case 'place': {
      const volume =
        input.volume.number === 0 ? input.volume.disk.name : `${input.volume.disk.name}:${input.volume.number}`;
      const place = { name: `${volume}:${input.path}`, digest: undefined, sizeBytes: undefined };
      return { bytes: { kind: 'brought-out', step: outStep }, input: place };
    }
    case 'image': {
      const { input: planned } = planSource(input, facts);
      return { bytes: { kind: 'brought-out', step: outStep }, input: planned };
    }
    case 'source':
      return planSource(input, facts);
  }
}

interface WantedSource {
  readonly source: Source;
  readonly at: OptionPath;
  readonly mayBeFolder?: true;
}

/** Bytes that exist before the build, or those of an artifact of an earlier step. @throws JobMistake */
export function planSource(wanted: WantedSource, facts: SourceFacts) {
  const { source, at } = wanted;
  const located = locate(source, facts, at);
  if (located.kind === 'artifact') {
    const { name, label } = located;
    return {
      bytes: { kind: 'artifact', name },
      input: { name: label, digest: undefined, sizeBytes: undefined },
    } as const;
  }
  if (located.kind === 'fetched') {
    const { digest, sizeBytes } = onlyFile(located.fetched, at);
    const text = digestText(digest);
    return {
      bytes: { kind: 'fetched', path: facts.storePath(digest), digest: text },
      input: { name: located.label, digest: text, sizeBytes },
    } as const;
  }
  const { path, label } = located;
  const { kind, sha256, sizeBytes } = digestPath(path);
  if (kind === 'folder' && wanted.mayBeFolder !== true) {
    throw new JobMistake(at, `${quoted(label)} is a folder, but this must be a file`, 'name a file in it');
  }
  return { bytes: { kind: 'file', path, sha256 }, input: { name: label, digest: sha256, sizeBytes } } as const;
}
