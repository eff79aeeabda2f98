// Carries out one command line: finds the command, reads its options, runs it, and turns whatever happens into an exit code.
import { printableLines, quoted } from '../printable.ts';
import type { Context } from './command.ts';
import { commands } from './commands.ts';
import { findCommand } from './find-command.ts';

/** What the process exits with. Never throws. */
export async function runCommandLine(argv: readonly string[], context: Context): Promise<number> {
  try {
    return await dispatch(argv, context);
  } catch (error) {
    return reportFailure(error, context);
  }
}

/** Says on standard error what went wrong; what the process exits with. */
export async function reportFailure(error: unknown, context: Context): Promise<number> {
  // Where too many files are open, nothing more can be loaded.
  const loaded = await import('./failure.ts').catch(() => undefined);
  if (loaded === undefined) {
    context.stderr.write(`${printableLines(error instanceof Error ? error.message : String(error))}\n`);
    return 1;
  }
  const failure = loaded.failureOf(error, context.signal);
  context.stderr.write(`${printableLines(failure.text)}\n`);
  return failure.exitCode;
}

async function dispatch(argv: readonly string[], context: Context): Promise<number> {
  const found = findCommand(argv, commands);
  switch (found.kind) {
    case 'version':
      context.stdout.write(`vmb ${context.version}\n`);
      return 0;
    case 'help':
      (argv.length === 0 ? context.stderr : context.stdout).write(found.text);
      return argv.length === 0 ? 2 : 0;
    case 'usage':
      context.stderr.write(`${found.message}\n`);
      return 2;
    case 'command':
      return runCommand(found, context);
  }
}

async function runCommand(
  found: Extract<ReturnType<typeof findCommand>, { kind: 'command' }>,
  context: Context,
): Promise<number> {
  const [{ command }, { parseInput }] = await Promise.all([found.entry.load(), import('./parse-input.ts')]);
  if (command.name !== found.name)
    throw new Error(`the command ${quoted(found.name)} calls itself ${quoted(command.name)}`);
  const parsed = parseInput(command, found.rest, context.stdout.columns);
  switch (parsed.kind) {
    case 'help':
      context.stdout.write(parsed.text);
      return 0;
    case 'usage':
      context.stderr.write(`${parsed.message}\n`);
      if (command.name === 'build' && found.rest.includes('--json')) await sayMistake(parsed.message, context);
      return 2;
    case 'input':
      return command.run(parsed.input, context);
  }
}

/** Programs that read events get one of a mistake on the command line, too. */
async function sayMistake(message: string, { stdout }: Context): Promise<void> {
  const { jsonReport } = await import('../report/json.ts');
  jsonReport(stdout).take({ type: 'build-failed', durationMs: 0, code: 'usage', exitCode: 2, message });
}
