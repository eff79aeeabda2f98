// Runs programs with the stand-in for Windows' PowerShell in PATH, and machines of its own.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandRunner, localCommands } from '../../vmm-adapters/lib/command.ts';

/** Has `powershell` and `fsutil`; in front of PATH it makes this a machine with Hyper-V. */
const standInFolder = fileURLToPath(new URL('hyper-v-stand-in', import.meta.url));

/** `folder` is where the stand-in keeps its machines; `fault` as its errors.mjs says. */
export function standInEnvironment(folder: string, fault = ''): Record<string, string> {
  const { PATH = '' } = process.env;
  return { PATH: `${standInFolder}:${PATH}`, HYPER_V_STAND_IN: folder, HYPER_V_STAND_IN_FAULT: fault };
}

export function standInCommands(folder: string, fault = ''): CommandRunner {
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
  const own = { ...env, ...standInEnvironment(folder, fault) };
  return { ...localCommands, run: (file, args, options) => localCommands.run(file, args, { ...options, env: own }) };
}

/** What Hyper-V has of machines. */
export function leftMachines(folder: string): string[] {
  const machines = join(folder, 'machines');
  return existsSync(machines) ? readdirSync(machines) : [];
}
