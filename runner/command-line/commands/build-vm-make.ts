// `vmb build-vm make`: makes the build-VMs of this checkout, unless they are there.
import { makeBuildVm } from '../../../build-vm/make/make-build-vm.ts';
import { archOption, buildVmText, makeOptions, readArchs } from '../build-vm-options.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'build-vm make',
  summary: 'Make the build-VMs',
  options: [archOption],
  details: [
    'Takes about 5 minutes for each the first time, seconds after a change of guest scripts, and nothing when it is there.',
  ],
  async run(input, context) {
    for (const arch of readArchs(input)) {
      const buildVm = await makeBuildVm({ ...makeOptions(context), arch });
      context.stdout.write(`${buildVmText(buildVm)}\n`);
    }
    return 0;
  },
};
