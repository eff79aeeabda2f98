// `vmb config`: prints a build file with everything that it inherits, and on demand where each value is written.

import { formatMistakes, shortPath } from '../../build-file/mistakes.ts';
import { nearestNode } from '../../build-file/places.ts';
import { readMerged } from '../../build-file/read-variants.ts';
import { writeToml } from '../../build-file/write-toml.ts';
import type { WrittenFile } from '../../build-file/written-file.ts';
import { printable, printableLines } from '../../printable.ts';
import { RunnerError } from '../../runner-error.ts';
import type { CommandDefinition } from '../command.ts';
import { buildOptions, select } from '../selection.ts';

export const command: CommandDefinition = {
  name: 'config',
  summary: 'Print a build file with all that it extends',
  options: [...buildOptions, { flags: '--explain', summary: 'say behind each value in which file and line it stands' }],
  details: [
    'What is printed is a build file itself: with `extends` followed, jobs merged by their ids, variables as they are written.',
    'Paths in it (from = "files") belong to the folder of the file that they are written in.',
    '  vmb config --repo mine --name web --explain',
  ],
  async run(input, context) {
    const { path, repository, library } = await select(input, context);
    const read = await readMerged(path, { repository, library });
    if (!read.ok) throw new RunnerError('build-file', formatMistakes(read.mistakes, context.cwd));
    const { written } = read;
    const text = input.flag('explain') ? explained(written, context.cwd) : writeToml(written.table);
    context.stdout.write(printableLines(text));
    return 0;
  },
};

function explained({ table, places }: WrittenFile, cwd: string): string {
  return writeToml(table, {
    behind(path) {
      const { node } = nearestNode(places, path);
      return printable(`${shortPath(node.file, cwd)}:${node.key.line}`);
    },
  });
}
