// Takes what a session brought out: parts of the payload-out disk and disks of single steps become files in the work folder.
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepResult } from '../../build-vm/border/session.ts';
import { extractTar } from '../../build-vm/border/tar-read.ts';
import type { ArtifactPlan } from '../../jobs/lib/job.ts';
import { localCommands } from '../../vmm-adapters/lib/command.ts';
import { makeDiskImage } from '../disk-image/make-disk-image.ts';
import { type ByteRange, digestInTurns, fileChunks } from '../payload/file-bytes.ts';
import type { GuestStep } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';
import { type BuildRun, broughtOutKey } from './build-run.ts';
import { copySparse, move } from './move.ts';
import { buildDisk } from './session-of.ts';

/** A part of a raw file on this host. */
export interface FilePart {
  readonly path: string;
  readonly range: ByteRange;
}

/** `payloadOut`: where the bytes lie that the steps brought out; undefined when the session had no room for that. */
export async function takeArtifacts(
  run: BuildRun,
  steps: readonly GuestStep[],
  results: readonly StepResult[],
  payloadOut: FilePart | undefined,
): Promise<void> {
  const folder = join(run.work.path, 'artifacts');
  await mkdir(folder, { recursive: true });
  for (const step of steps) {
    const result = results.find(({ number }) => number === step.number);
    const part = (name: string) => partOf(payloadOut, result, name);
    for (const name of step.bringsOut) {
      const path = join(run.work.path, `brought-out-${step.number}-${name}`);
      const { path: from, range } = part(name);
      await copySparse(from, path, { range, signal: run.context.signal });
      run.broughtOut.set(broughtOutKey(step.number, name), path);
    }
    for (const artifact of step.artifacts) {
      await takeArtifact(run, artifact, step, join(folder, artifact.name), part);
      run.artifacts.set(artifact.name, join(folder, artifact.name));
    }
  }
}

async function takeArtifact(
  run: BuildRun,
  artifact: ArtifactPlan,
  step: GuestStep,
  to: string,
  part: (name: string) => FilePart,
): Promise<void> {
  switch (artifact.from.kind) {
    case 'payload': {
      const { payload, compressed } = artifact.from;
      const { path, range } = part(payload);
      await copySparse(path, to, { range, signal: run.context.signal });
      if (compressed !== undefined) {
        await noteImage(run, artifact.name, compressed.format, await collectOwn(run, step, compressed.disk));
      }
      return;
    }
    case 'unpacked-payload': {
      const { path, range } = part(artifact.from.payload);
      await unpack(path, range, to);
      return;
    }
    case 'disk': {
      const { disk, format } = artifact.from;
      const rawPath = await collectOwn(run, step, disk);
      if (format === undefined) return move(rawPath, to);
      const sha256 = await noteImage(run, artifact.name, format, rawPath);
      await makeDiskImage({ rawPath, sha256, path: to, name: artifact.name, format, commands: localCommands });
      return;
    }
    case 'host':
      throw new Error(`Internal error: step ${step.number} runs in the guest and makes no file on the host`);
  }
}

/** Path of a raw file with the bytes of a disk of this step alone. */
async function collectOwn(run: BuildRun, step: GuestStep, name: string): Promise<string> {
  const own = step.ownDisks.find((disk) => disk.name === name);
  if (own === undefined) throw new Error(`Internal error: step ${step.number} has no disk "${name}"`);
  return run.adapter.collect(buildDisk(own.name, own.sizeBytes));
}

/** Remembers what is in an image; returns the SHA-256 of the raw disk. */
async function noteImage(run: BuildRun, artifact: string, format: string, rawPath: string): Promise<string> {
  const { sizeBytes, hex } = await digestInTurns(rawPath, run.context.signal);
  run.images.set(artifact, { format, sizeBytes, sha256: hex });
  return hex;
}

/** A packed folder becomes a folder, a packed file a file. */
async function unpack(tarPath: string, range: ByteRange, to: string): Promise<void> {
  const folder = `${to}.unpacked`;
  await mkdir(folder);
  const bytes = async function* () {
    yield* fileChunks(tarPath, range);
  };
  const { isFolder } = await extractTar(bytes(), folder);
  if (isFolder) return move(folder, to);
  const [name, ...others] = await readdir(folder);
  if (name === undefined || others.length > 0 || !(await lstat(join(folder, name))).isFile()) {
    throw new RunnerError(
      'step-failed',
      'The guest brought out something else than the one file that it should: nothing of it was taken.',
    );
  }
  await move(join(folder, name), to);
}

/** @throws RunnerError `step-failed` when the guest names bytes that are not of its own */
function partOf(payloadOut: FilePart | undefined, result: StepResult | undefined, name: string): FilePart {
  const named = result?.payloadsOut.find((payload) => payload.name === name);
  if (payloadOut === undefined || named === undefined) {
    throw new Error(`Internal error: the guest said that it was done, but brought out no "${name}"`);
  }
  const { offsetBytes, lengthBytes } = named;
  if (offsetBytes + lengthBytes > payloadOut.range.lengthBytes) {
    throw new RunnerError(
      'step-failed',
      'The guest says that it brought out more than there is room for: nothing of it was taken. Build again; if it comes back, look at what the steps before run.',
    );
  }
  return { path: payloadOut.path, range: { offsetBytes: payloadOut.range.offsetBytes + offsetBytes, lengthBytes } };
}
