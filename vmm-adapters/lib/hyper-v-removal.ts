// Removes machines from Hyper-V: at their end, and those of a killed vmb by their names.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AdapterError } from './adapter-error.ts';
import { isMissing } from './hyper-v-failure.ts';
import { removeScript } from './hyper-v-script.ts';
import type { Powershell } from './hyper-v-state.ts';

/** The name of a machine: its work folder is in it, so that no other vmb, and nobody else, has one of that name. */
export function machineName(workFolder: string, machineId: string): string {
  return `${prefixOf(workFolder)}${machineId}`;
}

/** By the end of its path: a work folder's own name is random, and the adapter's folder in it is not. */
function prefixOf(workFolder: string): string {
  const own = join(basename(dirname(workFolder)), basename(workFolder));
  return `vmb-${createHash('sha256').update(own).digest('hex').slice(0, 12)}-`;
}

const ending = '.hyper-v';

/** A file that has the machine's name, from before it is made until it is gone; in it the address of Hyper-V's machine. Returns its path. */
export function recordMachine(workFolder: string, name: string, origin: string): string {
  const path = join(workFolder, `${name}${ending}`);
  writeFileSync(path, origin);
  return path;
}

/** The recorded machines of a work folder. A file that does not carry the folder's own prefix names nothing that is ours. */
async function recordedMachines(workFolder: string): Promise<string[]> {
  const names = await readdir(workFolder).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefixOf(workFolder)) && name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort();
}

/** Removes what the records of a work folder name, and the records. @throws AdapterError */
export async function removeRecorded(powershellAt: (origin: string) => Powershell, workFolder: string): Promise<void> {
  for (const name of await recordedMachines(workFolder)) {
    const path = join(workFolder, `${name}${ending}`);
    await removeMachine(powershellAt(await readFile(path, 'utf8')), name);
    await rm(path, { force: true });
  }
}

const folderRecord = 'folder.hyper-v-there';

/** Remembers a folder on another machine, from before it is made. */
export function recordFolder(workFolder: string, origin: string, folder: string): void {
  writeFileSync(join(workFolder, folderRecord), `${origin}\n${folder}`);
}

/** Only what has the form of our own names: it will be removed with everything in it. */
export async function recordedFolder(workFolder: string): Promise<{ origin: string; folder: string } | undefined> {
  const text = await readFile(join(workFolder, folderRecord), 'utf8').catch(() => '');
  const [origin = '', folder = ''] = text.split('\n');
  return /[\\/]vmb-[0-9a-f]{12}$/.test(folder) ? { origin, folder } : undefined;
}

const mostTries = 5;
const pauseMs = 1_000;

/** Takes the power away and removes the machine; nothing happens when there is none. @throws AdapterError */
export async function removeMachine(powershell: Powershell, name: string, tries = mostTries): Promise<void> {
  let complaint = '';
  for (let left = tries; left > 0; left -= 1) {
    const answer = await powershell(removeScript(name));
    if (answer.ok || isMissing(answer.complaint)) return;
    complaint = answer.complaint;
    await setTimeout(pauseMs);
  }
  throw new AdapterError(
    'program-failed',
    `${name}: Hyper-V does not remove this machine. Remove it in Hyper-V Manager, or by: Remove-VM -Name '${name}' -Force\n${complaint}`,
  );
}
