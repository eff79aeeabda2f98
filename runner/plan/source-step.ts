// The first step of a build with a source: its disks begin as artifacts of another build.
import type { SourceDraft } from './plan-draft.ts';
import { buildName } from './source-disks.ts';
import type { StepDraft } from './steps.ts';

/** A finished artifact of the source. */
export interface SourceArtifact {
  readonly path: string;
  readonly sha256: string;
}

export function sourceStep({ source, draft, disks }: SourceDraft): StepDraft {
  const what = disks.map(({ artifact, disk }) => `${artifact} as the disk ${disk.name}`).join(', ');
  return {
    entry: {
      number: 0,
      use: 'source',
      id: undefined,
      // Artifacts are known by their digests, whoever made them and whatever they are called.
      bound: { options: { disks: disks.map(({ disk }) => disk.name) }, plan: () => neverPlanned() },
      position: (path) => source.position(path.map(String)),
    },
    step: {
      kind: 'disk',
      number: 1,
      job: 'source',
      id: undefined,
      title: `begin with ${buildName(draft.buildFile)}: ${what}`,
      position: source.position([]),
      notes: [],
      artifacts: [],
      inputs: disks.map(({ artifact, disk }) => ({
        name: `source:${artifact}`,
        digest: undefined,
        sizeBytes: disk.sizeBytes,
      })),
      created: disks.map(({ artifact, disk }) => ({ name: disk.name, sizeBytes: disk.sizeBytes, artifact })),
    },
  };
}

/** The step with the digests and places of what it begins with, where they are known. */
export function withSource(
  step: StepDraft['step'],
  artifacts: ReadonlyMap<string, SourceArtifact> | undefined,
): StepDraft['step'] {
  if (step.kind !== 'disk' || step.job !== 'source') return step;
  const found = (name: string) => artifacts?.get(name);
  return {
    ...step,
    inputs: step.inputs.map((input) => ({ ...input, digest: found(input.name.slice('source:'.length))?.sha256 })),
    created: step.created.map((disk) => ({
      ...disk,
      from: disk.artifact === undefined ? undefined : found(disk.artifact),
    })),
  };
}

function neverPlanned(): never {
  throw new Error('Internal error: the step of a source was planned like a job');
}
