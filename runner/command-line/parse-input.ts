// Reads the options of one command: the only file that knows commander.
import { Command, CommanderError } from 'commander';
import type { CommandDefinition, Input } from './command.ts';

export type Parsed =
  | { readonly kind: 'input'; readonly input: Input }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'usage'; readonly message: string };

/** `rest`: what follows the command's name. */
export function parseInput(definition: CommandDefinition, rest: readonly string[], columns?: number): Parsed {
  let help = '';
  const name = `vmb ${definition.name}`;
  const command = commanderOf(name, definition).configureOutput({
    writeOut: (text) => {
      help += text;
    },
    writeErr: () => undefined,
    getOutHelpWidth: () => columns ?? 100,
  });
  try {
    command.parse(rest, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'help', text: help };
    return { kind: 'usage', message: `${name}: ${sentence(error.message)}. See \`${name} --help\`.` };
  }
  return { kind: 'input', input: inputOf(command) };
}

function commanderOf(name: string, definition: CommandDefinition): Command {
  const command = new Command(name).description(`${definition.summary}.`).exitOverride();
  for (const argument of definition.arguments ?? []) command.argument(argument.name, argument.summary);
  for (const { flags, summary, repeatable, required } of definition.options ?? []) {
    const collect = (value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), value];
    if (repeatable) command.option(flags, summary, collect);
    else if (required) command.requiredOption(flags, summary);
    else command.option(flags, summary);
  }
  command.helpOption('-h, --help', 'show this text');
  if (definition.details !== undefined) command.addHelpText('after', `\n${definition.details.join('\n')}`);
  return command;
}

/** "error: unknown option '--nmae'\n(Did you mean --name?)" as part of one line. */
function sentence(message: string): string {
  const [what = '', hint = ''] = message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .split('\n');
  return hint === '' ? what : `${what} ${hint.replace('(Did', '(did')}`;
}

function inputOf(command: Command): Input {
  const value = (name: string): unknown => {
    const option = command.options.find((known) => known.long === `--${name}`);
    if (option === undefined) throw new Error(`the command has no option --${name}`);
    const found: unknown = command.getOptionValue(option.attributeName());
    // To commander `--no-cache` is a `cache` that is false.
    return option.negate ? found === false : found;
  };
  return {
    argument: (index) => command.args[index],
    text: (name) => {
      const found = value(name);
      return typeof found === 'string' ? found : undefined;
    },
    texts: (name) => {
      const found = value(name);
      return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : [];
    },
    flag: (name) => value(name) === true,
  };
}
