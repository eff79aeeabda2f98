// `vmb plan`: what a build would do, step by step, without a VM.
import { planData } from '../../report/plan-data.ts';
import { planText } from '../../report/plan-text.ts';
import type { CommandDefinition } from '../command.ts';
import { chooseBuildVm, loadDraft, planFor } from '../load-plan.ts';
import { selectionOptions, sessionOption } from '../selection.ts';
import { buildVmArchOption, readBuildVmArch } from '../vmm-choice.ts';

export const command: CommandDefinition = {
  name: 'plan',
  summary: 'Show what a build would do, without a VM',
  options: [
    ...selectionOptions,
    sessionOption,
    buildVmArchOption,
    { flags: '--json', summary: 'print one JSON document, with the scripts' },
  ],
  details: [
    'A step’s fingerprint is the hash of everything that determines its result.',
    'Fingerprints name the build-VM: a VMM that cannot run the one for x86_64 has those of --build-vm-arch i686.',
  ],
  async run(input, context) {
    const draft = await loadDraft(input, context);
    const buildVm = chooseBuildVm(readBuildVmArch(input.text('build-vm-arch')), ['x86_64', 'i686'], context);
    const plan = planFor(draft, buildVm, input, context);
    const text = input.flag('json') ? JSON.stringify(planData(plan), undefined, 2) : planText(plan, context.cwd);
    context.stdout.write(`${text}\n`);
    return 0;
  },
};
