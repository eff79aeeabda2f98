// Has sfdisk write partition tables: explicit sectors and ids, nothing wiped, the kernel left alone.
import { type Script, sh } from './shell.ts';

/** Reads an sfdisk script of these lines. The agent shows the kernel the new table when the step is over. */
export function sfdisk(device: string, script: readonly string[], options: readonly string[] = []): Script {
  const quiet = ['--quiet', '--no-reread', '--no-tell-kernel', '--wipe', 'never', '--wipe-partitions', 'never'];
  return sh`printf '%s\n' ${script} | sfdisk ${[...quiet, ...options]} ${device}`;
}
