// Finds the command that a command line begins with, or the help that it asks for.
import { didYouMean } from '../build-file/did-you-mean.ts';
import { quoted } from '../printable.ts';
import type { CommandEntry } from './commands.ts';

type Commands = ReadonlyMap<string, CommandEntry>;

export type Found =
  | { readonly kind: 'command'; readonly name: string; readonly entry: CommandEntry; readonly rest: readonly string[] }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'usage'; readonly message: string };

/** Commands have one word or two: "build", "build-vm save". */
export function findCommand(argv: readonly string[], commands: Commands): Found {
  const [first, second] = argv;
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'help', text: overview(commands) };
  if (first === 'help') return findCommand([...argv.slice(1), '--help'], commands);
  if (first === '--version' || first === '-V') return { kind: 'version' };
  const single = commands.get(first);
  if (single !== undefined) return { kind: 'command', name: first, entry: single, rest: argv.slice(1) };
  const group = new Map([...commands].filter(([name]) => name.startsWith(`${first} `)));
  if (group.size === 0) return unknown('vmb', first, [...commands.keys()].map(firstWord));
  if (second === undefined || second === '--help' || second === '-h') return { kind: 'help', text: overview(group) };
  const name = `${first} ${second}`;
  const double = group.get(name);
  if (double !== undefined) return { kind: 'command', name, entry: double, rest: argv.slice(2) };
  return unknown(
    `vmb ${first}`,
    second,
    [...group.keys()].map((known) => known.slice(first.length + 1)),
  );
}

function unknown(before: string, word: string, known: readonly string[]): Found {
  const names = [...new Set(known)];
  return {
    kind: 'usage',
    message: `${before}: there is no command ${quoted(word)}${didYouMean(word, names)}; use one of: ${names.join(', ')}.`,
  };
}

function overview(commands: Commands): string {
  const width = Math.max(...[...commands.keys()].map((name) => name.length));
  const lines = [...commands].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'vmb makes disk images and EFI programs from a text file, in a throw-away VM, with the same bytes everywhere.',
    '',
    'Commands:',
    ...lines,
    '',
    '`vmb COMMAND --help` tells more about one of them; `vmb --version` prints the version.',
    'Exit codes: 0 done, 1 a step failed, 2 bad build file or usage, 3 an expectation was not met,',
    '69 no usable VMM or build-VM, 70 a bug in vmb, 130 and 143 interrupted.',
    '',
  ].join('\n');
}

function firstWord(name: string): string {
  return name.split(' ')[0] ?? name;
}
