// `vmb build-vm show`: tells which build-VMs builds use.
import { archOption, buildVmText, readArchs } from '../build-vm-options.ts';
import type { CommandDefinition } from '../command.ts';
import { requireBuildVm } from '../require-build-vm.ts';

export const command: CommandDefinition = {
  name: 'build-vm show',
  summary: 'Show the build-VMs that builds use',
  options: [archOption],
  details: ['Exits with 69 when one is missing.'],
  async run(input, context) {
    const buildVms = readArchs(input).map((arch) => requireBuildVm(context, arch));
    for (const buildVm of buildVms) context.stdout.write(`${buildVmText(buildVm)}\n`);
    return 0;
  },
};
