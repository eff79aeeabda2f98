// `vmb plan`: what a build would do, step by step, without a VM.
import type { Plan } from '../../plan/plan.ts';
import { harmlessJson } from '../../printable.ts';
import { planData } from '../../report/plan-data.ts';
import { planText } from '../../report/plan-text.ts';
import { chooseVariants, onlyOption } from '../choose-variants.ts';
import type { CommandDefinition } from '../command.ts';
import { chooseBuildVm, loadDrafts, planFor } from '../load-plan.ts';
import { selectionOptions, sessionOption } from '../selection.ts';
import { artifactsAtHand } from '../source-builds.ts';
import { buildVmArchOption, readBuildVmArch } from '../vmm-choice.ts';

export const command: CommandDefinition = {
  name: 'plan',
  summary: 'Show what a build would do, without a VM',
  options: [
    ...selectionOptions,
    onlyOption,
    sessionOption,
    buildVmArchOption,
    { flags: '--json', summary: 'print one JSON document, with the scripts' },
  ],
  details: [
    'A step’s fingerprint is the hash of everything that determines its result.',
    'Fingerprints name the build-VM: a VMM that cannot run the one for x86_64 has those of --build-vm-arch i686.',
  ],
  async run(input, context) {
    const { drafts } = await loadDrafts(input, context);
    const buildVm = chooseBuildVm(readBuildVmArch(input.text('build-vm-arch')), ['x86_64', 'i686'], context);
    const plans: Plan[] = [];
    for (const draft of chooseVariants(drafts, input.texts('only'))) {
      plans.push(planFor(draft, buildVm, input, context, await artifactsAtHand(draft, context)));
    }
    const [plan, ...others] = plans;
    const isOne = plan !== undefined && others.length === 0 && plan.buildFile.variant === undefined;
    const data = isOne ? planData(plan) : { schema: 1, variants: plans.map(planData) };
    const text = input.flag('json')
      ? harmlessJson(JSON.stringify(data, undefined, 2))
      : plans.map((one) => planText(one, context.cwd)).join('\n\n');
    context.stdout.write(`${text}\n`);
    return 0;
  },
};
