// Runs commands and measures them: wall time, and the most memory that the process itself ever held.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const vmbMain = fileURLToPath(new URL('../../dist/runner/main.js', import.meta.url));

export interface Measured {
  readonly seconds: number;
  /** Peak resident memory of the process, without its children. */
  readonly peakBytes: number;
  readonly output: string;
}

/** @throws Error with the output when the command fails */
export async function measure(
  file: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Measured> {
  const begun = performance.now();
  const child = spawn(file, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  let peakBytes = 0;
  const look = setInterval(() => (peakBytes = Math.max(peakBytes, peakOf(child.pid))), 20);
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  clearInterval(look);
  const seconds = (performance.now() - begun) / 1000;
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${code}:\n${output}`);
  return { seconds, peakBytes, output };
}

/** VmHWM of a process, 0 once it is gone. */
function peakOf(pid: number | undefined): number {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return Number(found?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** One line of the report: a figure beside its limit. */
export function tell(what: string, figure: number, unit: string, limit: number | undefined, note = ''): void {
  const ratio = limit === undefined ? '' : `  ${(figure / limit).toFixed(2)} of the limit ${limit} ${unit}`;
  console.log(`${what.padEnd(58)} ${figure.toFixed(2).padStart(8)} ${unit}${ratio}${note === '' ? '' : `  (${note})`}`);
}
