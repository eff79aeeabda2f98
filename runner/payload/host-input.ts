// Finds the bytes of a host action's input and digests what exists before the build.
import { createHash } from 'node:crypto';
import type { HostInput } from '../../jobs/lib/job.ts';
import type { HostInputBytes, StepInput } from '../plan/plan.ts';
import { digestFile } from './file-bytes.ts';
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
    case 'source': {
      const located = locate(input.source, facts, input.at);
      if (located.kind === 'artifact') {
        const { name: artifact, label } = located;
        return {
          bytes: { kind: 'artifact', name: artifact },
          input: { name: label, digest: undefined, sizeBytes: undefined },
        };
      }
      const { path, label } = located;
      const { sha256, sizeBytes } = digestFile(path);
      return { bytes: { kind: 'file', path, sha256 }, input: { name: label, digest: sha256, sizeBytes } };
    }
  }
}
