// `vmb build-vm save`: writes the build-VM to one file, for machines that cannot make it.
import { resolve } from 'node:path';
import { hostArch } from '../../../build-vm/make/arch.ts';
import { saveBuildVm } from '../../../build-vm/make/save-build-vm.ts';
import type { CommandDefinition } from '../command.ts';
import { requireBuildVm } from '../require-build-vm.ts';

export const command: CommandDefinition = {
  name: 'build-vm save',
  summary: 'Write the build-VM to a file',
  arguments: [{ name: '<file>', summary: 'file to write; replaced when it is there' }],
  details: ['Take the file to another machine, and there: vmb build-vm load FILE'],
  async run(input, context) {
    const file = resolve(context.cwd, input.argument(0) ?? '');
    const buildVm = requireBuildVm(context, hostArch);
    await saveBuildVm(buildVm, file);
    context.stdout.write(`build-VM ${buildVm.digest} is in ${file}\n`);
    return 0;
  },
};
