// `vmb plan`: what a build would do, step by step, without a VM.
import { planData } from '../../report/plan-data.ts';
import { planText } from '../../report/plan-text.ts';
import type { CommandDefinition } from '../command.ts';
import { loadPlan } from '../load-plan.ts';
import { selectionOptions, sessionOption } from '../selection.ts';

export const command: CommandDefinition = {
  name: 'plan',
  summary: 'Show what a build would do, without a VM',
  options: [
    ...selectionOptions,
    sessionOption,
    { flags: '--json', summary: 'print one JSON document, with the scripts' },
  ],
  details: ['A step’s fingerprint is the hash of everything that determines its result.'],
  async run(input, context) {
    const { plan } = await loadPlan(input, context);
    const text = input.flag('json') ? JSON.stringify(planData(plan), undefined, 2) : planText(plan, context.cwd);
    context.stdout.write(`${text}\n`);
    return 0;
  },
};
