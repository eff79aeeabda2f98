// `vmb build-vm check`: makes the build-VM a second time, elsewhere, and compares.
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBuildVm } from '../../../build-vm/make/check-build-vm.ts';
import { foldersOf } from '../../state/folders.ts';
import { buildVmText, makeOptions } from '../build-vm-options.ts';
import type { CommandDefinition } from '../command.ts';

const program = fileURLToPath(new URL(`../../main${extname(import.meta.url)}`, import.meta.url));

export const command: CommandDefinition = {
  name: 'build-vm check',
  summary: 'Make the build-VM a second time, elsewhere, and compare',
  details: ['Takes about 6 minutes. Exits with 3 when the two differ.'],
  async run(_input, context) {
    const path = context.environment['PATH'] ?? '';
    const buildVm = await checkBuildVm({
      ...makeOptions(context),
      secondMaker: (homeFolder) => ({
        file: process.execPath,
        args: [program, 'build-vm', 'make'],
        env: { PATH: path, VMB_HOME: homeFolder },
        cacheFolder: foldersOf({ VMB_HOME: homeFolder }, homeFolder, homeFolder).cache,
      }),
    });
    context.stdout.write(`Both are equal to the byte.\n${buildVmText(buildVm)}\n`);
    return 0;
  },
};
