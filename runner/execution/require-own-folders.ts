// Refuses, before anything is built, that an artifact takes the place of a folder of the user's with all that is in it.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '../plan/plan.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import { readRecord } from './build-state.ts';
import { draftRecordPath, recordFileName } from './record.ts';

/** What an earlier build handed out there is replaced, and so are files. @throws RunnerError `usage` */
export async function requireOwnFolders(
  plan: Pick<Plan, 'repository' | 'buildFile' | 'steps'>,
  outFolder: string,
  stateFolder: string,
): Promise<void> {
  for (const { name } of plan.steps.flatMap((step) => step.artifacts)) {
    const path = join(outFolder, name);
    if ((await lstat(path).catch(() => undefined))?.isDirectory() !== true) continue;
    if ((await readdir(path)).length === 0) continue;
    const [beside, kept] = await Promise.all([
      readRecord(join(outFolder, recordFileName(plan.buildFile))),
      readRecord(draftRecordPath(stateFolder, plan)),
    ]);
    const isOwn =
      beside?.artifacts.some((one) => one.name === name && one.kind === 'folder') === true ||
      kept?.artifacts.some((one) => one.path === path && one.kind === 'folder') === true;
    if (isOwn) continue;
    throw new RunnerError(
      'usage',
      `--out: ${path} is a folder that this build has not made, and the artifact ${quoted(name)} would take its place; move it away, or choose another --out.`,
    );
  }
}
