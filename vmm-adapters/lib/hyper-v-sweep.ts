// Removes the machines of a killed vmb from Hyper-V, here or on the machine that they were made on.
import { AdapterError } from './adapter-error.ts';
import { localCommands } from './command.ts';
import { recordedFolder, removeRecorded } from './hyper-v-removal.ts';
import { removeFolderScript } from './hyper-v-script.ts';
import type { Powershell } from './hyper-v-state.ts';
import { localPowershell, runPowershell } from './run-powershell.ts';
import { parseHostAddress } from './ssh-address.ts';

const reachMs = 60_000;

/** @throws AdapterError for a machine that is still there */
export async function sweepHyperV(workFolder: string): Promise<void> {
  try {
    await removeRecorded(powershellAt, workFolder);
    const { origin, folder } = (await recordedFolder(workFolder)) ?? {};
    if (origin !== undefined && folder !== undefined) await powershellAt(origin)(removeFolderScript(folder));
  } catch (error) {
    // Without PowerShell there is no Hyper-V, and nothing of it is left. A host that is out of reach must not keep vmb from
    // starting here: its guests switch themselves off when nobody talks to them.
    if (!(error instanceof AdapterError && (error.code === 'program-missing' || error.code.startsWith('host-'))))
      throw error;
  }
}

function powershellAt(origin: string): Powershell {
  if (origin === '') return (script) => runPowershell(localPowershell(localCommands), script);
  return async (script) => {
    const parsed = parseHostAddress(origin);
    if (!parsed.ok) throw new AdapterError('host-unreachable', `${origin}: ${parsed.because}.`);
    const { askThere } = await import('./hyper-v-ssh-host.ts');
    return askThere(parsed.address, script, AbortSignal.timeout(reachMs));
  };
}
