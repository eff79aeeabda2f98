// This machine as the one that a VMM runs on: nothing is sent, files are moved.
import { access, constants, copyFile, open, readFile, rename, rm, truncate } from 'node:fs/promises';
import { release } from 'node:os';
import type { AdapterContext } from './adapter.ts';
import { controlSocketPath, listenForControl } from './control-socket.ts';
import { codeOf, explained } from './host-files.ts';
import { recordProcess } from './process-record.ts';
import { makeQemuImg } from './qemu-img.ts';
import type { VmmHost } from './vmm-host.ts';

export async function localHost({ commands, workFolder }: Pick<AdapterContext, 'commands' | 'workFolder'>): Promise<VmmHost> {
  return {
    name: undefined,
    commands,
    workFolder,
    run: await thisRun(),
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
    async take(from, to) {
      try {
        await rename(from, to);
      } catch (error) {
        if (codeOf(error) !== 'EXDEV') throw error;
        await makeQemuImg(commands).convert(from, 'raw', to, 'raw');
        await rm(from);
      }
    },
    makeFile,
    resize: truncate,
    copy: (from, to) => explained(to, () => copyFile(from, to)),
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

async function makeFile(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.truncate(sizeBytes);
  } finally {
    await file.close();
  }
}

/** Another kernel, or another run with other settings of it, may do otherwise. */
async function thisRun(): Promise<string> {
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${release()} ${id.trim()}`.trim();
}
