// What an error of v86's own program says of the machine.
import type { MachineExit } from './adapter.ts';

/** v86 0.5.462 stops with these words where a processor has no handler for a fault, and resets (a triple fault). */
const noHandler = /^Unimplemented: (#[A-Z]+) handler$/m;

/** `complaints`: what v86 wrote before. */
export function exitOfError(message: string, complaints: readonly string[]): MachineExit {
  const said = complaints.join('\n');
  const fault = noHandler.exec(said)?.[1];
  if (fault !== undefined)
    return { reason: 'reset', detail: `The guest has no handler for a fault of its processor (${fault}).` };
  return { reason: 'failed', detail: ['v86 stopped by an error of its own:', ...complaints, message].join('\n') };
}
