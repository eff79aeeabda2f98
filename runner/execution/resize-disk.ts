// Gives a disk of the build another size between two sessions.
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlannedResize } from '../../jobs/lib/planned-disk.ts';
import { explained } from '../../vmm-adapters/lib/host-files.ts';
import type { BuildRun } from './build-run.ts';
import { move } from './move.ts';
import { buildDisk } from './session-of.ts';

/** Before a session that begins with such a step. @throws AdapterError */
export async function growDisk(run: BuildRun, resize: PlannedResize): Promise<void> {
  if (resize.toBytes > resize.fromBytes) await resizeDisk(run, resize);
}

/** After a session that ends with such a step. @throws AdapterError */
export async function shrinkDisk(run: BuildRun, resize: PlannedResize): Promise<void> {
  if (resize.toBytes < resize.fromBytes) await resizeDisk(run, resize);
}

async function resizeDisk(run: BuildRun, { disk, fromBytes, toBytes }: PlannedResize): Promise<void> {
  const { id } = buildDisk(disk, fromBytes);
  const index = run.buildDisks.findIndex((candidate) => candidate.id === id);
  const before = run.buildDisks[index];
  if (before === undefined) throw new Error(`Internal error: there is no disk ${disk} to resize`);
  const path = join(run.work.path, `${id}.resized.img`);
  await explained(path, async () => {
    await move(await run.adapter.collect(before), path);
    await run.adapter.remove(before);
    await truncate(path, toBytes);
  });
  const after = buildDisk(disk, toBytes);
  await run.adapter.place(after, { kind: 'take', path });
  run.buildDisks[index] = after;
}
