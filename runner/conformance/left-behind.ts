// Finds what a VMM left behind on this host: processes and open files. Linux only, by proc(5).
import { readdir, readFile } from 'node:fs/promises';

export interface FoundProcess {
  readonly pid: number;
  readonly words: string;
}

export const canLook = process.platform === 'linux';

/** Processes that come from this one, or name the folder. */
export async function processesOf(folder: string): Promise<readonly FoundProcess[]> {
  if (!canLook) return [];
  const all = await readProcesses();
  const own = new Set([process.pid]);
  for (let grown = true; grown; ) {
    const children = all.filter(({ pid, parent }) => own.has(parent) && !own.has(pid));
    for (const { pid } of children) own.add(pid);
    grown = children.length > 0;
  }
  return all
    .filter(({ pid, words, state }) => pid !== process.pid && state !== 'Z' && (own.has(pid) || words.includes(folder)))
    .map(({ pid, words }) => ({ pid, words }));
}

export function endProcesses(processes: readonly FoundProcess[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
}

/** How many files, pipes and sockets this process has open. */
export async function openFiles(): Promise<number> {
  return (await readdir('/proc/self/fd')).length;
}

async function readProcesses() {
  const found = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const [stat, cmdline] = await Promise.all([textOf(`/proc/${name}/stat`), textOf(`/proc/${name}/cmdline`)]);
    // The second field, a name in parentheses, may hold anything.
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (stat !== '')
      found.push({ pid: Number(name), parent: Number(parent), state, words: cmdline.replaceAll('\0', ' ') });
  }
  return found;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
