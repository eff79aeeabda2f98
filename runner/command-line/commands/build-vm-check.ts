// `vmb build-vm check`: makes the build-VMs a second time, elsewhere, and compares.
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBuildVm } from '../../../build-vm/make/check-build-vm.ts';
import { foldersOf } from '../../state/folders.ts';
import { archOption, buildVmText, makeOptions, readArchs } from '../build-vm-options.ts';
import type { CommandDefinition } from '../command.ts';

const program = fileURLToPath(new URL(`../../main${extname(import.meta.url)}`, import.meta.url));

export const command: CommandDefinition = {
  name: 'build-vm check',
  summary: 'Make the build-VMs a second time, elsewhere, and compare',
  options: [archOption],
  details: ['Takes about 6 minutes for each. Exits with 3 when the two differ.'],
  async run(input, context) {
    const path = context.environment['PATH'] ?? '';
    for (const arch of readArchs(input)) {
      const buildVm = await checkBuildVm({
        ...makeOptions(context),
        arch,
        secondMaker: (homeFolder) => ({
          file: process.execPath,
          args: [program, 'build-vm', 'make', '--arch', arch],
          env: { PATH: path, VMB_HOME: homeFolder },
          cacheFolder: foldersOf({ VMB_HOME: homeFolder }, homeFolder, homeFolder).cache,
        }),
      });
      context.stdout.write(`Both are equal to the byte.\n${buildVmText(buildVm)}\n`);
    }
    return 0;
  },
};
