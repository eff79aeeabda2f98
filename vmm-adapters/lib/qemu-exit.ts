// Tells why a QEMU machine is no longer there; pure.
import type { MachineExit } from './adapter.ts';
import type { ProgramExit } from './command.ts';

export interface QemuEnd {
  readonly program: ProgramExit;
  /** Whether we took the power away. */
  readonly stopped: boolean;
  /** `reason` of QEMU's SHUTDOWN event, if one came. */
  readonly shutdownReason: string | undefined;
  /** The disk whose file could not grow. */
  readonly fullDisk: string | undefined;
}

export function exitOf({ program, stopped, shutdownReason, fullDisk }: QemuEnd): MachineExit {
  const said = program.stderr.trim();
  if (program.lost !== undefined) return { reason: 'failed', detail: program.lost };
  if (fullDisk !== undefined) return { reason: 'failed', detail: fullDisk };
  const byGuest = shutdownReason === undefined ? undefined : guestReasons.get(shutdownReason);
  if (byGuest !== undefined) return { reason: byGuest, detail: said };
  if (stopped) return { reason: 'stopped', detail: said };
  if (program.signal !== undefined) {
    const cause = program.signal === 'SIGKILL' ? '; the host does this when its memory runs out' : '';
    return { reason: 'killed', detail: `QEMU was ended by ${program.signal}${cause}. ${said}`.trim() };
  }
  if (program.exitCode !== 0)
    return { reason: 'failed', detail: `QEMU ended with exit code ${program.exitCode}. ${said}`.trim() };
  if (shutdownReason === 'host-signal')
    return { reason: 'killed', detail: `QEMU was asked to end by a signal. ${said}`.trim() };
  return { reason: 'unknown', detail: said };
}

/** ShutdownCause of QEMU's qapi/run-state.json. */
const guestReasons: ReadonlyMap<string, MachineExit['reason']> = new Map([
  ['guest-shutdown', 'power-off'],
  ['guest-reset', 'reset'],
  ['subsystem-reset', 'reset'],
  ['guest-panic', 'panic'],
]);
