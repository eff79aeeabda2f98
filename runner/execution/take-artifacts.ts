// Takes what a session brought out: parts of the payload-out disk and disks of single steps become files in the work folder.
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepResult } from '../../build-vm/border/session.ts';
import { extractTar } from '../../build-vm/border/tar-read.ts';
import type { ArtifactPlan } from '../../jobs/lib/job.ts';
import { type ByteRange, fileChunks } from '../payload/file-bytes.ts';
import type { GuestStep } from '../plan/plan.ts';
import { type BuildRun, broughtOutKey } from './build-run.ts';
import { copySparse, move } from './move.ts';
import { buildDisk } from './session-of.ts';

/** `payloadOutPath`: a raw file with the payload-out disk's bytes; undefined when the session had none. */
export async function takeArtifacts(
  run: BuildRun,
  steps: readonly GuestStep[],
  results: readonly StepResult[],
  payloadOutPath: string | undefined,
): Promise<void> {
  const folder = join(run.work.path, 'artifacts');
  await mkdir(folder, { recursive: true });
  for (const step of steps) {
    const result = results.find(({ number }) => number === step.number);
    const part = (name: string) => partOf(payloadOutPath, result, name);
    for (const name of step.bringsOut) {
      const path = join(run.work.path, `brought-out-${step.number}-${name}`);
      const { path: from, range } = part(name);
      copySparse(from, path, range);
      run.broughtOut.set(broughtOutKey(step.number, name), path);
    }
    for (const artifact of step.artifacts) {
      await takeArtifact(run, artifact, step, join(folder, artifact.name), part);
      run.artifacts.set(artifact.name, join(folder, artifact.name));
    }
  }
}

interface Part {
  readonly path: string;
  readonly range: ByteRange;
}

async function takeArtifact(
  run: BuildRun,
  artifact: ArtifactPlan,
  step: GuestStep,
  to: string,
  part: (name: string) => Part,
): Promise<void> {
  switch (artifact.from.kind) {
    case 'payload': {
      const { path, range } = part(artifact.from.payload);
      copySparse(path, to, range);
      return;
    }
    case 'unpacked-payload': {
      const { path, range } = part(artifact.from.payload);
      await unpack(path, range, to);
      return;
    }
    case 'disk': {
      const name = artifact.from.disk;
      const own = step.ownDisks.find((disk) => disk.name === name);
      if (own === undefined) throw new Error(`Internal error: step ${step.number} has no disk "${name}"`);
      await move(await run.adapter.collect(buildDisk(own.name, own.sizeBytes)), to);
      return;
    }
    case 'host':
      throw new Error(`Internal error: step ${step.number} runs in the guest and makes no file on the host`);
  }
}

/** A tar of one file becomes that file; anything else a folder. */
async function unpack(tarPath: string, range: ByteRange, to: string): Promise<void> {
  const folder = `${to}.unpacked`;
  await mkdir(folder);
  await extractTar(fileChunks(tarPath, range), folder);
  const names = await readdir(folder);
  const only = names.length === 1 && names[0] !== undefined ? join(folder, names[0]) : undefined;
  const isFile = only !== undefined && (await stat(only)).isFile();
  await move(isFile ? only : folder, to);
}

function partOf(path: string | undefined, result: StepResult | undefined, name: string): Part {
  const range = result?.payloadsOut.find((payload) => payload.name === name);
  if (path === undefined || range === undefined) {
    throw new Error(`Internal error: the guest said that it was done, but brought out no "${name}"`);
  }
  return { path, range };
}
