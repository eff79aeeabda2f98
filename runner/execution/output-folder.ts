// The folder for artifacts: tried before anything boots, and filled so that an earlier artifact stays until the new one is whole.
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, readlink, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { ArtifactFact } from '../event.ts';
import type { Plan } from '../plan/plan.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import { artifactFact } from './artifact-facts.ts';
import { readRecord } from './build-state.ts';
import { moveTo } from './move.ts';
import { draftRecordPath } from './record.ts';

export interface OutputPlace {
  readonly path: string;
  /**
   * A folder below which no link is followed on the way: a working copy brings its own along, and nobody named this place. Undefined
   * for a place that the user named.
   */
  readonly below: string | undefined;
}

/**
 * Sees that files can be written there, and leaves no trace: a build that fails has no output folder. What this build handed out there
 * before, as the state folder knows it, is replaced later, and so are files; a folder of the user's is not.
 * @throws RunnerError `usage`
 */
export async function tryOutputFolder(
  plan: Pick<Plan, 'repository' | 'buildFile' | 'steps'>,
  { path, below }: OutputPlace,
  stateFolder: string,
): Promise<void> {
  if (below !== undefined) await refuseLinks(path, below);
  try {
    const { existing } = await lookUp(path);
    const trial = temporaryName(existing, 'trial');
    await mkdir(trial, { mode: 0o700 });
    try {
      await (await open(join(trial, 'file'), 'wx', 0o600)).close();
    } finally {
      await rm(trial, { recursive: true, force: true });
    }
  } catch (error) {
    throw unusable(path, error);
  }
  await requireOwnFolders(plan, path, stateFolder);
}

/** Makes the folder where it is missing. Not by Node's own recursive mkdir, which never returns below /proc. @throws RunnerError `usage` */
export async function makeOutputFolder({ path, below }: OutputPlace): Promise<void> {
  if (below !== undefined) await refuseLinks(path, below);
  try {
    for (const folder of (await lookUp(path)).missing) {
      await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
        // Another vmb may be making it, too.
        if (error.code !== 'EEXIST') throw error;
      });
    }
  } catch (error) {
    throw unusable(path, error);
  }
}

/** @throws RunnerError `usage` */
async function refuseLinks(path: string, below: string): Promise<void> {
  let place = below;
  for (const name of relative(below, path).split(sep)) {
    place = join(place, name);
    const target = await readlink(place).catch(() => undefined);
    if (target === undefined) continue;
    throw new RunnerError(
      'usage',
      `${place} is a link to ${quoted(target)}, which vmb does not follow on the way to its default output folder; remove it, or name a folder with --out.`,
    );
  }
}

/** The innermost folder of a path that exists, and those that are missing, outermost first. */
async function lookUp(path: string): Promise<{ existing: string; missing: string[] }> {
  const missing: string[] = [];
  for (let place = path; ; place = dirname(place)) {
    const found = await stat(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' || place === dirname(place)) throw error;
      return undefined;
    });
    if (found?.isDirectory() === true) return { existing: place, missing };
    const leadsNowhere = found === undefined ? await readlink(place).catch(() => undefined) : undefined;
    if (leadsNowhere !== undefined)
      throw new Error(`${place} is a link to ${quoted(leadsNowhere)}, which does not exist`);
    if (found !== undefined) throw new Error(`${place} is not a folder`);
    missing.unshift(place);
  }
}

function unusable(path: string, error: unknown): RunnerError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const because = reasons.get(code) ?? (error instanceof Error ? error.message : String(error));
  return new RunnerError(
    'usage',
    `--out: ${path} cannot take the artifacts, because ${because}; choose another folder.`,
  );
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'you may not write there'],
  ['EPERM', 'you may not write there'],
  ['EROFS', 'that filesystem can only be read'],
  ['ELOOP', 'its links lead in a circle'],
  ['ENOTDIR', 'a part of this path is a file'],
  ['ENAMETOOLONG', 'a name in it is too long for the filesystem'],
  ['ENOSPC', 'no room is left on that disk'],
  ['EDQUOT', 'your quota is used up there'],
  ['ENOENT', 'no folder can be made there'],
]);

async function requireOwnFolders(
  plan: Pick<Plan, 'repository' | 'buildFile' | 'steps'>,
  outFolder: string,
  stateFolder: string,
): Promise<void> {
  const kept = await readRecord(draftRecordPath(stateFolder, plan));
  for (const { name } of plan.steps.flatMap((step) => step.artifacts)) {
    const path = join(outFolder, name);
    if ((await lstat(path).catch(() => undefined))?.isDirectory() !== true) continue;
    if ((await readdir(path)).length === 0) continue;
    if (kept?.artifacts.some((one) => one.path === path && one.kind === 'folder') === true) continue;
    throw new RunnerError(
      'usage',
      `--out: ${path} is a folder that this build has not made, and the artifact ${quoted(name)} would take its place; move it away, or choose another --out.`,
    );
  }
}

/**
 * Puts a finished artifact in its place: under a temporary name beside it first, so that what an earlier build put there stays until
 * this one is whole. @throws RunnerError `host` when what lies there is not what was made
 */
export async function putArtifact(from: string, fact: ArtifactFact, signal: AbortSignal): Promise<void> {
  const { path, name } = fact;
  const temporary = temporaryName(dirname(path), 'new');
  try {
    const isCopy = (await stat(dirname(path))).dev !== (await lstat(from)).dev;
    await moveTo(from, temporary, signal);
    const found = isCopy ? await artifactFact(name, temporary, path, signal) : fact;
    if (found.sha256 !== fact.sha256 || found.sizeBytes !== fact.sizeBytes) {
      throw new RunnerError(
        'host',
        `${path}: what was written there is not what was built; look at that disk, and build again.`,
      );
    }
    await replace(temporary, path);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** A file takes the place of a file or a link at once; a folder that is in the way is moved aside first. */
async function replace(temporary: string, path: string): Promise<void> {
  const [one, other] = await Promise.all([lstat(temporary), lstat(path).catch(() => undefined)]);
  if (other === undefined || (!one.isDirectory() && !other.isDirectory())) return rename(temporary, path);
  const old = temporaryName(dirname(path), 'old');
  await rename(path, old);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rename(old, path);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

function temporaryName(folder: string, kind: string): string {
  return join(folder, `.vmb-${kind}-${process.pid}-${randomBytes(4).toString('hex')}`);
}
