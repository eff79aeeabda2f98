// Where Hyper-V is, and how its disks, its PowerShell and its machines' serial ports are reached: here, on Windows itself.
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { CommandRunner } from './command.ts';
import { connectPipe } from './hyper-v-pipe.ts';
import { pipePath } from './hyper-v-script.ts';
import type { Powershell } from './hyper-v-state.ts';
import { localPowershell, runPowershell } from './run-powershell.ts';

export interface HyperVHost {
  readonly powershell: Powershell;
  /** The address of the machine that it is on; empty for this one. */
  readonly origin: string;
  /** Where Hyper-V keeps the configuration of machines. */
  folder(): string;
  /** Where Hyper-V finds a disk file that was given to it. */
  pathOf(fileName: string): string;
  /** A disk file was just made here, and is empty. */
  fileMade(path: string): Promise<void>;
  /** Brings a finished disk file of the work folder to Hyper-V. @throws AdapterError */
  give(fileName: string): Promise<void>;
  /** Brings it back as the last machine left it, unless it is larger than it can be. @throws AdapterError */
  takeBack(fileName: string, mostBytes: number): Promise<void>;
  /** Removes a disk file that was given. */
  forget(fileName: string): Promise<void>;
  /** The serial port of a machine that was started. @throws AdapterError */
  connect(name: string, signal: AbortSignal): Promise<Duplex>;
  /** `kept`: the user wants to look at the disks. */
  close(kept: boolean): Promise<void>;
}

export function localHost(commands: CommandRunner, workFolder: string): HyperVHost {
  return {
    powershell: (script) => runPowershell(localPowershell(commands), script),
    origin: '',
    folder: () => workFolder,
    pathOf: (fileName) => join(workFolder, fileName),
    async fileMade(path) {
      // qemu-img makes sparse files on Windows, and Hyper-V attaches none (0xC03A001A).
      await commands.run('fsutil', ['sparse', 'setflag', path, '0']);
    },
    give: async () => undefined,
    takeBack: async () => undefined,
    forget: async () => undefined,
    connect: (name, signal) => connectPipe(pipePath(name), signal),
    close: async () => undefined,
  };
}
