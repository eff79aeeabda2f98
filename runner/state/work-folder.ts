// Work folders: where a running build's disks and logs lie, each with a marker that names its owner.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from './atomic-file.ts';
import { type OwnerStatus, parseOwner, statusOf, thisProcess } from './owner.ts';

/** A folder of this process. What is in it disappears with `remove`, or at the start of a later vmb once this process is gone. */
export interface WorkFolder {
  readonly path: string;
  /** The part of it that belongs to one adapter, made when missing; what its `sweep` gets after a crash. */
  forAdapter(adapterName: string): Promise<string>;
  /** From now on it stays, whatever happens, until `vmb clean`. */
  keep(): Promise<void>;
  isKept(): boolean;
  /** Does nothing once it is kept. */
  remove(): Promise<void>;
}

export interface WorkFolderFacts {
  readonly path: string;
  /** `running` and `elsewhere` are not touched, `left-behind` are swept, `kept` ones wait for `vmb clean`. */
  readonly status: 'running' | 'elsewhere' | 'left-behind' | 'kept';
}

const markerName = 'owner.json';

function workFoldersOf(stateFolder: string): string {
  return join(stateFolder, 'work');
}

/** Makes a work folder. It gets its name only when its marker is in it, so that no sweep meets one without. */
export async function openWorkFolder(stateFolder: string): Promise<WorkFolder> {
  const parent = workFoldersOf(stateFolder);
  const name = `${process.pid}-${randomBytes(4).toString('hex')}`;
  const unmarked = join(parent, `.${name}`);
  const path = join(parent, name);
  await mkdir(unmarked, { recursive: true, mode: 0o700 });
  await writeMarker(unmarked, false);
  await rename(unmarked, path);
  let kept = false;
  return {
    path,
    async forAdapter(adapterName) {
      const folder = join(path, adapterName);
      await mkdir(folder, { recursive: true });
      return folder;
    },
    async keep() {
      kept = true;
      await writeMarker(path, true);
    },
    isKept: () => kept,
    async remove() {
      if (!kept) await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Every work folder with what may be done to it. */
export async function listWorkFolders(stateFolder: string): Promise<WorkFolderFacts[]> {
  const parent = workFoldersOf(stateFolder);
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const facts: WorkFolderFacts[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const path = join(parent, entry.name);
    facts.push({ path, status: await folderStatus(path, entry.name) });
  }
  return facts.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function folderStatus(path: string, name: string): Promise<WorkFolderFacts['status']> {
  const marker = await readMarker(path);
  if (marker === undefined) return (await markerMayStillCome(name)) ? 'running' : 'left-behind';
  if (marker.kept) return 'kept';
  return folderStatuses[marker.status];
}

const folderStatuses = { alive: 'running', gone: 'left-behind', elsewhere: 'elsewhere' } as const;

/** A folder without marker is being made by the process in its name, or was when that process died. */
async function markerMayStillCome(name: string): Promise<boolean> {
  const pid = Number(/^\.(\d+)-/.exec(name)?.[1]);
  return pid > 0 && (await readFile(`/proc/${pid}/stat`).catch(() => undefined)) !== undefined;
}

async function readMarker(folder: string): Promise<{ kept: boolean; status: OwnerStatus } | undefined> {
  try {
    const marker: unknown = JSON.parse(await readFile(join(folder, markerName), 'utf8'));
    const owner = parseOwner(marker);
    if (owner === undefined || typeof marker !== 'object' || marker === null) return undefined;
    return { kept: 'kept' in marker && marker.kept === true, status: await statusOf(owner) };
  } catch {
    return undefined;
  }
}

function writeMarker(folder: string, kept: boolean): Promise<void> {
  return writeFileAtomically(join(folder, markerName), `${JSON.stringify({ ...thisProcess(), kept }, undefined, 2)}\n`);
}
