// `vmb build-vm save`: writes the build-VMs to one file, for machines that cannot make them.
import { resolve } from 'node:path';
import { saveBuildVms } from '../../../build-vm/make/save-build-vm.ts';
import { archOption, readArchs } from '../build-vm-options.ts';
import type { CommandDefinition } from '../command.ts';
import { requireBuildVm } from '../require-build-vm.ts';

export const command: CommandDefinition = {
  name: 'build-vm save',
  summary: 'Write the build-VMs to a file',
  arguments: [{ name: '<file>', summary: 'file to write; replaced when it is there' }],
  options: [archOption],
  details: ['Take the file to another machine, and there: vmb build-vm load FILE'],
  async run(input, context) {
    const file = resolve(context.cwd, input.argument(0) ?? '');
    const buildVms = readArchs(input).map((arch) => requireBuildVm(context, arch));
    await saveBuildVms(buildVms, file);
    for (const { arch, digest } of buildVms) context.stdout.write(`build-VM ${digest} (${arch}) is in ${file}\n`);
    return 0;
  },
};
