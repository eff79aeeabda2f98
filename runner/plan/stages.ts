// Groups steps into stages: as few boots as the border's rules allow, or one boot a step when asked for.
import type { DiskStep, GuestStep, Stage, Step } from './plan.ts';

/**
 * Every fetch comes first, so that what is missing is known before anything boots. A host action ends a session, and so does a step whose frames are its own word; and one that takes in what a step of the same
 * session would hand out, because its bytes are wanted before the boot. Disks are made before the boot of the
 * session in which their step stands, so that a create-disk never costs a boot. No disk changes its size while a machine has it.
 */
export function stagesOf(steps: readonly Step[], sessionPerStep: boolean): Stage[] {
  const fetches = steps.filter((step) => step.kind === 'fetch');
  const stages: Stage[] = fetches.length === 0 ? [] : [{ kind: 'fetch', steps: fetches }];
  let open: (GuestStep | DiskStep)[] = [];
  let sessions = 0;
  const close = () => {
    if (open.length > 0) {
      sessions += 1;
      stages.push({ kind: 'session', id: `session-${sessions}`, steps: open });
    }
    open = [];
  };
  for (const step of steps) {
    if (step.kind === 'fetch') continue;
    if (step.kind === 'host') {
      close();
      stages.push({ kind: 'host', step });
      continue;
    }
    if (step.inputs.some(({ name }) => open.some((earlier) => makes(earlier, name)))) close();
    const resized = step.kind === 'guest' ? step.resizes : undefined;
    if (resized !== undefined && resized.toBytes > resized.fromBytes) close();
    const alone = step.kind === 'guest' && (step.ownSession || sessionPerStep);
    if (alone && open.some((earlier) => earlier.kind === 'guest')) close();
    open.push(step);
    if (alone || (resized !== undefined && resized.toBytes < resized.fromBytes)) close();
  }
  close();
  return stages;
}

function makes(step: Step, input: string): boolean {
  return step.artifacts.some(({ name }) => input === `artifact:${name}`);
}
