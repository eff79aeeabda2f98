// Tells whether the process that made something is still there, by more than its number, which the system gives out again.
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process, for ever: no other one, on this or another machine, has all of these the same. */
export interface Owner {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, clock ticks since boot (proc(5)); empty where there is no /proc. */
  readonly startTicks: string;
  /** /proc/sys/kernel/random/boot_id; empty where there is none. */
  readonly bootId: string;
  /** The PID namespace, "pid:[4026531836]": containers that share a home have process numbers of their own. */
  readonly pidNamespace: string;
  readonly host: string;
}

/** `elsewhere`: it ran on another machine or in another container, so from here nobody can tell. */
export type OwnerStatus = 'alive' | 'gone' | 'elsewhere';

export function thisProcess(): Owner {
  return {
    pid: process.pid,
    startTicks: startTicks(textOf('/proc/self/stat')),
    bootId: textOf('/proc/sys/kernel/random/boot_id').trim(),
    pidNamespace: pidNamespace(),
    host: hostname(),
  };
}

export async function statusOf(owner: Owner, here: Owner = thisProcess()): Promise<OwnerStatus> {
  if (owner.host !== here.host) return 'elsewhere';
  if (owner.bootId !== here.bootId) return 'gone';
  if (owner.pidNamespace !== here.pidNamespace) return 'elsewhere';
  if (here.startTicks === '') return processExists(owner.pid) ? 'alive' : 'gone';
  const stat = await readFile(`/proc/${owner.pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && startTicks(stat) === owner.startTicks ? 'alive' : 'gone';
}

export function parseOwner(value: unknown): Owner | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const pid = fields.get('pid');
  const text = (name: string): string | undefined => {
    const field = fields.get(name);
    return typeof field === 'string' ? field : undefined;
  };
  const [ticks, bootId, namespace, host] = [text('startTicks'), text('bootId'), text('pidNamespace'), text('host')];
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (ticks === undefined || bootId === undefined || namespace === undefined || host === undefined) return undefined;
  return { pid, startTicks: ticks, bootId, pidNamespace: namespace, host };
}

/** The process's name, in parentheses, may hold spaces and parentheses itself: fields are counted from the last ")". */
function startTicks(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
