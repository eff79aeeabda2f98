// `vmb doctor`: what is there, what is missing, and the command that mends it.

import { printable } from '../../printable.ts';
import { columns } from '../../report/columns.ts';
import type { CommandDefinition } from '../command.ts';
import { type Examined, examine } from '../examine.ts';
import { hostOption, readHost } from '../host-option.ts';

export const command: CommandDefinition = {
  name: 'doctor',
  summary: 'Tell what is there and what is missing',
  options: [hostOption, { flags: '--json', summary: 'print one JSON document' }],
  details: ['Exits with 69 when nothing can be built here.'],
  async run(input, context) {
    const examined = await examine(context, readHost(input));
    const text = input.flag('json')
      ? JSON.stringify({ schema: 1, checks: examined }, undefined, 2)
      : doctorText(examined);
    context.stdout.write(`${text}\n`);
    return examined.some(({ status }) => status === 'missing') ? 69 : 0;
  },
};

function doctorText(examined: readonly Examined[]): string {
  const rows = examined.flatMap(({ status, subject, finding, details = [], remedy }) => {
    const found = [[status, subject, finding], ...details.map((detail) => ['', '', `  ${detail}`])];
    return remedy === undefined ? found : [...found, ['', '', `mend it: ${remedy}`]];
  });
  return columns(rows).map(printable).join('\n');
}
