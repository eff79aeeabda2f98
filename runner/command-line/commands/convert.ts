// `vmb convert`: a build.xml of vm-builder as a build.toml, once everything in it can be carried over.
import { dirname, resolve } from 'node:path';
import type { Mistake } from '../../build-file/build-file.ts';
import { positionAt } from '../../build-file/findings.ts';
import { formatMistakes } from '../../build-file/mistakes.ts';
import { readBuildFile } from '../../build-file/read-variants.ts';
import { readText } from '../../build-file/text.ts';
import { printToml } from '../../build-file/vm-builder/print-toml.ts';
import { readVmBuilder } from '../../build-file/vm-builder/read-vm-builder.ts';
import { quoted } from '../../printable.ts';
import { RunnerError } from '../../runner-error.ts';
import type { CommandDefinition, Context } from '../command.ts';

export const command: CommandDefinition = {
  name: 'convert',
  summary: 'Print a build.xml of vm-builder as a build.toml',
  arguments: [{ name: '<file>', summary: 'the build.xml' }],
  details: [
    'What cannot be carried over is told with its place, and nothing is printed. docs/vm-builder.md tells what becomes of what.',
    '  vmb convert busybox/build.xml > busybox/build.toml',
  ],
  async run(input, context) {
    const name = input.argument(0) ?? '';
    if (!name.endsWith('.xml')) {
      throw new RunnerError('usage', `vmb convert: ${quoted(name)} is no build.xml; name one.`);
    }
    const toml = await convertFile(resolve(context.cwd, name), context);
    context.stdout.write(toml);
    return 0;
  },
};

/** @throws RunnerError `build-file` with every mistake */
async function convertFile(file: string, context: Context): Promise<string> {
  const text = await readText(file);
  if (!text.ok)
    throw mistaken(
      [{ position: positionAt(file, text.place), where: '', what: text.what, remedy: text.remedy }],
      context,
    );
  const read = readVmBuilder(text.text);
  // Reading it as a build file finds what the jobs say of their options, as well as what cannot be carried over.
  const { environment, registry } = context;
  const checked = await readBuildFile(file, { vars: new Map(), environment, jobs: registry });
  if (!checked.ok) throw mistaken(checked.mistakes, context);
  if (!read.ok) throw new Error(`Internal error: ${dirname(file)} was read in two ways`);
  return printToml(read.converted);
}

function mistaken(mistakes: readonly Mistake[], context: Context): RunnerError {
  return new RunnerError('build-file', formatMistakes(mistakes, context.cwd));
}
