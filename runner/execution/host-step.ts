// Carries out a host action: gives it files by name, takes what it wrote, and never runs a user's command.
import { statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DigestAlgorithm } from '../../jobs/lib/digest.ts';
import { readListed } from '../comparison/read-listed.ts';
import { digestPath, digestPathInTurns } from '../payload/digest-path.ts';
import { checkUnchanged, digestInTurns } from '../payload/file-bytes.ts';
import type { HostInputBytes, HostStep } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';

/** Where earlier steps left their results. */
export interface HostStepFacts {
  /** Artifacts and other files by name. */
  readonly artifacts: ReadonlyMap<string, string>;
  /** What guest steps brought out, by step number and name. */
  readonly broughtOut: (step: number, name: string) => string;
  /** An empty folder of this step's own. */
  readonly folder: string;
}

export interface HostStepResult {
  /** Paths of what it wrote, by name. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly facts: Readonly<Record<string, string>>;
}

export async function runHostStep(step: HostStep, facts: HostStepFacts, signal: AbortSignal): Promise<HostStepResult> {
  const inputFolder = join(facts.folder, 'in');
  const outputFolder = join(facts.folder, 'out');
  await mkdir(inputFolder, { recursive: true });
  await mkdir(outputFolder, { recursive: true });
  const inputs = new Map<string, string>();
  for (const [name, bytes] of step.hostInputs) inputs.set(name, await inputPath(name, bytes, facts, inputFolder));
  const outputs = new Map(
    [...step.artifacts.map(({ name }) => name), ...step.bringsIn].map((name) => [name, join(outputFolder, name)]),
  );
  const told = new Map<string, string>();
  await step.apply({
    input: (name) => named(inputs, name),
    output: (name) => named(outputs, name),
    listed: (name) => readListed(named(inputs, name), step.images.includes(name) ? 'image' : 'itself', signal),
    digest: (name, algorithm) => digestOf(named(inputs, name), algorithm, signal),
    fact: (name, value) => told.set(name, value),
    signal,
  });
  return { outputs, facts: Object.fromEntries(told) };
}

/** @throws Error for the SHA-512 of a folder */
async function digestOf(path: string, algorithm: DigestAlgorithm, signal: AbortSignal): Promise<string> {
  if (algorithm === 'sha256') return (await digestPathInTurns(path, signal)).sha256;
  if (statSync(path).isDirectory()) throw new Error('a folder has a sha256 digest only; leave `algorithm` out');
  return (await digestInTurns(path, signal, algorithm)).hex;
}

/** Where the bytes of an input are, in a file. `folder`: for a text's. @throws RunnerError `host` */
export async function inputPath(
  name: string,
  bytes: HostInputBytes,
  facts: HostStepFacts,
  folder: string,
): Promise<string> {
  switch (bytes.kind) {
    case 'file':
      if (digestPath(bytes.path).sha256 !== bytes.sha256) {
        throw new RunnerError('host', `${bytes.path}: this file changed after the plan was made; build again.`);
      }
      return bytes.path;
    case 'fetched':
      checkUnchanged(bytes.path, bytes.digest);
      return bytes.path;
    case 'text': {
      const path = join(folder, name);
      await writeFile(path, bytes.text);
      return path;
    }
    case 'artifact':
      return named(facts.artifacts, bytes.name);
    case 'brought-out':
      return facts.broughtOut(bytes.step, name);
  }
}

function named(paths: ReadonlyMap<string, string>, name: string): string {
  const path = paths.get(name);
  if (path === undefined)
    throw new Error(`Internal error: the host action asked for "${name}", which its plan does not name`);
  return path;
}
