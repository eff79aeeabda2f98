// `vmb build-vm make`: makes the build-VM of this checkout, unless it is there.
import { makeBuildVm } from '../../../build-vm/make/make-build-vm.ts';
import { buildVmText, makeOptions } from '../build-vm-options.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'build-vm make',
  summary: 'Make the build-VM',
  details: [
    'Takes about 5 minutes the first time, seconds after a change of guest scripts, and nothing when it is there.',
  ],
  async run(_input, context) {
    const buildVm = await makeBuildVm(makeOptions(context));
    context.stdout.write(`${buildVmText(buildVm)}\n`);
    return 0;
  },
};
