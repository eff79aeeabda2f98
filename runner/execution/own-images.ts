// The raw images that disks of single steps begin as: found, and refused when they are no longer what the plan saw.
import { statSync } from 'node:fs';
import type { DiskContent, DiskHandle } from '../../vmm-adapters/lib/adapter.ts';
import { digestInTurns } from '../payload/file-bytes.ts';
import type { GuestStep, PlannedOwnDisk } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';
import type { BuildRun } from './build-run.ts';
import { buildDisk } from './session-of.ts';

/** Paths of raw images on this host, by the id of the disk. */
export type OwnImages = ReadonlyMap<string, string>;

/** @throws RunnerError `host` for an image that has changed since the plan was made */
export async function ownImages(
  { artifacts, context }: Pick<BuildRun, 'artifacts' | 'context'>,
  steps: readonly GuestStep[],
): Promise<OwnImages> {
  const images = new Map<string, string>();
  for (const disk of steps.flatMap((step) => step.ownDisks)) {
    if (disk.content === undefined) continue;
    const path = await pathOf(disk.content, artifacts, context.signal);
    if (statSync(path).size !== disk.sizeBytes) throw changed(path);
    images.set(buildDisk(disk.name, disk.sizeBytes).id, path);
  }
  return images;
}

/** What a disk of a single step holds when it is placed. */
export function contentOf(images: OwnImages, { id }: DiskHandle): DiskContent {
  const path = images.get(id);
  return path === undefined ? { kind: 'blank' } : { kind: 'copy-of', path };
}

async function pathOf(
  content: NonNullable<PlannedOwnDisk['content']>,
  artifacts: BuildRun['artifacts'],
  signal: AbortSignal,
): Promise<string> {
  if (content.kind === 'file') {
    if ((await digestInTurns(content.path, signal)).hex !== content.sha256) throw changed(content.path);
    return content.path;
  }
  const path = artifacts.get(content.name);
  if (path === undefined) throw new Error(`Internal error: the artifact ${content.name} does not exist yet`);
  return path;
}

function changed(path: string): RunnerError {
  return new RunnerError('host', `${path}: this file changed after the plan was made; build again.`);
}
