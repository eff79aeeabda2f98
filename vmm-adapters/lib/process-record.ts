// Remembers which process was started, so that a later vmb can end exactly that one, and never another with its number. Linux only.
import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface ProcessRecord {
  readonly pid: number;
  /** Clock ticks between the host's start and the process's: with the pid it names a process until the host's next start. */
  readonly startTime: string;
  /** Stands in the process's command line and in no other. */
  readonly marker: string;
}

const ending = '.process.json';

/** At once, so that hardly a moment is left in which a killed vmb leaves a process without a record. Returns the record's path. */
export function recordProcess(folder: string, name: string, pid: number, marker: string): string {
  const path = join(folder, `${name}${ending}`);
  const startTime = startTimeOf(pid);
  if (startTime !== undefined)
    writeFileSync(path, `${JSON.stringify({ pid, startTime, marker } satisfies ProcessRecord)}\n`);
  return path;
}

/** Kills the recorded processes that still run and waits until they are gone; gives back all records and removes them. */
export async function endRecorded(folder: string): Promise<readonly ProcessRecord[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(ending));
  const records: ProcessRecord[] = [];
  for (const name of names.sort()) {
    const record = parseRecord(await readFile(join(folder, name), 'utf8'));
    if (record !== undefined) {
      records.push(record);
      await end(record);
    }
    await rm(join(folder, name), { force: true });
  }
  return records;
}

async function end(record: ProcessRecord): Promise<void> {
  if (!isSame(record)) return;
  process.kill(record.pid, 'SIGKILL');
  for (let left = endingMs; left > 0 && isSame(record); left -= lookEveryMs) await setTimeout(lookEveryMs);
}

const endingMs = 5_000;
const lookEveryMs = 20;

function isSame({ pid, startTime, marker }: ProcessRecord): boolean {
  return startTimeOf(pid) === startTime && readProc(pid, 'cmdline')?.includes(marker) === true;
}

/** Field 22 of proc(5) stat; the second field, a name in parentheses, may hold anything. Undefined for what has ended. */
function startTimeOf(pid: number): string | undefined {
  const fields = readProc(pid, 'stat')?.split(')').at(-1)?.trim().split(' ');
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function parseRecord(text: string): ProcessRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    if (!('pid' in value && 'startTime' in value && 'marker' in value)) return undefined;
    const { pid, startTime, marker } = value;
    if (!Number.isSafeInteger(pid) || typeof pid !== 'number' || pid <= 1) return undefined;
    return typeof startTime === 'string' && typeof marker === 'string' && marker !== ''
      ? { pid, startTime, marker }
      : undefined;
  } catch {
    return undefined;
  }
}
