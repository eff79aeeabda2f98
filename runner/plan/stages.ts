// Groups steps into stages: as few boots as the border's rules allow, or one boot a step when asked for.
import type { PlannedResize } from '../../jobs/lib/planned-disk.ts';
import type { DiskStep, GuestStep, Stage, Step } from './plan.ts';

/**
 * Every fetch comes first, so that what is missing is known before anything boots. A host action ends a session, and so does a step whose frames are its own word; and one that takes in what a step of the same
 * session would hand out, because its bytes are wanted before the boot. Disks are made before the boot of the
 * session in which their step stands, so that a create-disk never costs a boot. No disk changes its size while a machine has it:
 * all that grow do it before a boot, all that shrink after one.
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
    if (!canFollow(step, open)) close();
    const alone = step.kind === 'guest' && (step.ownSession || sessionPerStep);
    if (alone && open.some((earlier) => earlier.kind === 'guest')) close();
    open.push(step);
    if (alone) close();
  }
  close();
  return stages;
}

/** Whether the disks have the sizes that the step expects when they changed before, or change after, the session that is open. */
function canFollow(step: GuestStep | DiskStep, open: readonly (GuestStep | DiskStep)[]): boolean {
  const resize = resizeOf(step);
  const guests = open.filter((earlier) => earlier.kind === 'guest');
  const resizes = guests.flatMap((earlier) => resizeOf(earlier) ?? []);
  if (resize === undefined) return !resizes.some(shrinks);
  if (shrinks(resize)) return !resizes.some((earlier) => shrinks(earlier) && earlier.disk === resize.disk);
  return resizes.length === guests.length && resizes.every(({ disk }) => disk !== resize.disk);
}

function resizeOf(step: GuestStep | DiskStep): PlannedResize | undefined {
  return step.kind === 'guest' ? step.resizes : undefined;
}

function shrinks({ fromBytes, toBytes }: PlannedResize): boolean {
  return toBytes < fromBytes;
}

function makes(step: Step, input: string): boolean {
  return step.artifacts.some(({ name }) => input === `artifact:${name}`);
}
