// `vmb build-vm lock`: moves the pins of build-vm/inputs.lock to what the Debian archive has now.
import { lockBuildVm } from '../../../build-vm/make/lock-build-vm.ts';
import { makeOptions } from '../build-vm-options.ts';
import type { CommandDefinition } from '../command.ts';

export const command: CommandDefinition = {
  name: 'build-vm lock',
  summary: 'Move the pins of the build-VMs’ inputs to what the Debian archive has now',
  details: ['Changes build-vm/inputs.lock in the checkout. `vmb build-vm make` then makes the build-VMs that it pins.'],
  async run(_input, context) {
    const changes = await lockBuildVm(makeOptions(context));
    const lines =
      changes.length === 0 ? ['Nothing has changed.'] : ['What has changed:', ...changes.map((line) => `  ${line}`)];
    context.stdout.write(`${lines.join('\n')}\n`);
    return 0;
  },
};
