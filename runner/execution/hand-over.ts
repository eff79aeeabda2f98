// Hands the artifacts of a finished build to the user.
import { join } from 'node:path';
import type { ArtifactFact } from '../event.ts';
import { artifactFact } from './artifact-facts.ts';
import type { BuildRun } from './build-run.ts';
import { makeOutputFolder, putArtifact } from './output-folder.ts';

/** Moves every artifact of the plan to the output folder, all digested before the first one moves. */
export async function handOver(run: BuildRun): Promise<ArtifactFact[]> {
  const { out } = run.options;
  const facts: { fact: ArtifactFact; from: string }[] = [];
  for (const { name } of run.plan.steps.flatMap((step) => step.artifacts)) {
    const from = run.artifacts.get(name);
    if (from === undefined) throw new Error(`Internal error: no step made the artifact "${name}"`);
    const fact = await artifactFact(name, from, join(out.path, name), run.context.signal);
    const image = run.images.get(name);
    facts.push({ fact: { ...fact, ...(image === undefined ? {} : { image }) }, from });
  }
  await makeOutputFolder(out);
  for (const { fact, from } of facts) {
    run.context.signal.throwIfAborted();
    await putArtifact(from, fact, run.context.signal);
    run.context.emit({ type: 'artifact', artifact: fact });
  }
  return facts.map(({ fact }) => fact);
}
