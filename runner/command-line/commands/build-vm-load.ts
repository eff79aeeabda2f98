// `vmb build-vm load`: takes the build-VMs from a file that another machine saved.
import { resolve } from 'node:path';
import { loadBuildVms } from '../../../build-vm/make/load-build-vm.ts';
import { buildVmText } from '../build-vm-options.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'build-vm load',
  summary: 'Take build-VMs from a file',
  arguments: [{ name: '<file>', summary: 'file that `vmb build-vm save` wrote' }],
  details: ['Every byte is compared with the digests in the file. Builds use them from now on.'],
  async run(input, context) {
    const file = resolve(context.cwd, input.argument(0) ?? '');
    for (const buildVm of await loadBuildVms(file, { cacheFolder: context.folders.cache })) {
      context.stdout.write(`${buildVmText(buildVm)}\n`);
      if (buildVm.matchesCheckout) continue;
      context.stdout.write(
        'It was made by another version of vmb than this one; fingerprints name it by its digest.\n',
      );
    }
    return 0;
  },
};
