// Asks Hyper-V in which state a machine is.
import { AdapterError } from './adapter-error.ts';
import { isMissing } from './hyper-v-failure.ts';
import { stateScript } from './hyper-v-script.ts';
import type { PowershellScript } from './powershell.ts';
import { type Answer, jsonOf } from './run-powershell.ts';

/** Runs PowerShell where Hyper-V is. */
export type Powershell = (script: PowershellScript) => Promise<Answer>;

/** `halted`: paused or saved, by somebody or because the host ran out of something; it does not go on by itself. */
export type MachineState =
  | { readonly kind: 'missing' | 'off' | 'on' }
  | { readonly kind: 'halted'; readonly number: number };

/** @throws AdapterError */
export async function askState(powershell: Powershell, name: string): Promise<MachineState> {
  const answer = await powershell(stateScript(name));
  if (answer.ok) return stateOf(jsonOf(answer).get('State'));
  if (isMissing(answer.complaint)) return { kind: 'missing' };
  throw new AdapterError('program-failed', `${name}: Hyper-V does not tell its state.\n${answer.complaint}`);
}

/** Microsoft.HyperV.PowerShell.VMState. Two machines of one name have no state together: there is one, then. */
function stateOf(number: unknown): MachineState {
  if (number === off) return { kind: 'off' };
  // From here on the numbers differ between versions of Windows; all of them are "critical" or suspended.
  if (typeof number === 'number' && (halted.has(number) || number >= 32_783)) return { kind: 'halted', number };
  return { kind: 'on' };
}

const off = 3;

/** Saved, paused, fast saved. */
const halted = new Set([6, 9, 32_779]);
