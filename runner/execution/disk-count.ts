// Refuses a plan with a session that has more disks than the VMM can attach.
import type { Plan } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';
import { bringsBytesOut } from './session-of.ts';

/** @throws RunnerError `no-vmm`, naming the first session that does not fit */
export function refuseTooManyDisks(plan: Plan, vmm: string, mostDisks: number): void {
  let buildDisks = 0;
  for (const stage of plan.stages) {
    if (stage.kind === 'host') continue;
    buildDisks += stage.steps.reduce((sum, step) => sum + (step.kind === 'disk' ? step.created.length : 0), 0);
    const steps = stage.steps.filter((step) => step.kind === 'guest');
    const own = steps.reduce((sum, step) => sum + step.ownDisks.length, 0);
    const scratch = plan.buildFile.machine.scratchBytes === undefined ? 0 : 1;
    const count = 2 + buildDisks + own + scratch + (steps.some(bringsBytesOut) ? 1 : 0);
    if (steps.length > 0 && count > mostDisks) {
      throw new RunnerError(
        'no-vmm',
        `${stage.id} needs ${count} disks, and ${vmm} attaches ${mostDisks} with these options; use fewer disks, or another VMM or option.`,
      );
    }
  }
}
