// This machine as the one that a VMM runs on: nothing is sent, files are moved.
import { readFileSync } from 'node:fs';
import { access, constants, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import type { AdapterContext } from './adapter.ts';
import { controlSocketPath, listenForControl } from './control-socket.ts';
import { codeOf, explained } from './host-files.ts';
import { recordProcess } from './process-record.ts';
import { makeBlank, moveFile } from './raw-files.ts';
import type { VmmHost } from './vmm-host.ts';

export function localHost({ commands, workFolder }: Pick<AdapterContext, 'commands' | 'workFolder'>): VmmHost {
  return {
    name: undefined,
    commands,
    workFolder,
    run: thisRun(),
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    async mayUse(path) {
      try {
        await access(path, constants.R_OK | constants.W_OK);
        return 'yes';
      } catch (error) {
        return codeOf(error) === 'ENOENT' ? 'missing' : 'forbidden';
      }
    },
    sharedPath: (path) => path,
    share: async (path) => path,
    take: moveFile,
    makeFile: makeBlank,
    resize: truncate,
    copy: copyContent,
    bring: async (path) => path,
    forget: (path) => rm(path, { force: true }),
    controlPath: (machineId) => ({ kind: 'socket', path: controlSocketPath(workFolder, machineId) }),
    openControl: ({ path }) => listenForControl(path, workFolder),
    async startRecorded(name, [file = '', ...args], marker, signal) {
      const program = await commands.start(file, args, { signal });
      const record = recordProcess(workFolder, name, program.pid, marker);
      return { ...program, forget: () => rm(record, { force: true }) };
    },
    shown: (command) => command,
    close: async () => undefined,
  };
}

/** Another kernel, or another run with other settings of it, may do otherwise. */
function thisRun(): string {
  try {
    return `${release()} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  } catch {
    return release();
  }
}

/** Not its mode as well, which may forbid writing. */
async function copyContent(from: string, to: string): Promise<void> {
  const content = await readFile(from);
  await explained(to, () => writeFile(to, content));
}
