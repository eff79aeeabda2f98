// Refuses a plan whose images nobody here can make, before anything boots.
import { AdapterError } from '../../vmm-adapters/lib/adapter-error.ts';
import type { CommandRunner } from '../../vmm-adapters/lib/command.ts';
import { makeQemuImg } from '../../vmm-adapters/lib/qemu-img.ts';
import type { Plan } from '../plan/plan.ts';
import { RunnerError } from '../runner-error.ts';

/** @throws RunnerError `host` */
export async function requireImageMaker({ steps }: Pick<Plan, 'steps'>, commands: CommandRunner): Promise<void> {
  for (const { artifacts, position } of steps) {
    for (const { from } of artifacts) {
      if (from.kind !== 'disk' || from.format === undefined) continue;
      try {
        await makeQemuImg(commands).version();
      } catch (cause) {
        if (!(cause instanceof AdapterError)) throw cause;
        const { file, line, column } = position;
        throw new RunnerError(
          'host',
          `${file}:${line}:${column}: format = "${from.format}" cannot be made, because of this: ${cause.message} Or write format = "raw".`,
          { cause },
        );
      }
      return;
    }
  }
}
