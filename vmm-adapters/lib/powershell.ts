// Makes PowerShell text: the only door, so that a name with a quote or a dollar sign is just a name.

const madeHere = Symbol('made by ps');

/** One call of a cmdlet, as only this file can make it. */
export interface Call {
  readonly text: string;
  readonly [madeHere]: true;
}

/** Calls one after the other, one a line. */
export type PowershellScript = readonly Call[];

type Value = string | number | Call | readonly [string, ...string[]];

/**
 * A cmdlet with named parameters: ps`Get-VM -Name ${name}`. A text becomes one single-quoted literal whatever it holds, a number
 * its digits, a list literals with commas between them; a Call goes in as `(…)`. Everything that PowerShell could take for more
 * than that (variables, pipelines, blocks, a second statement) has no way in, so that every line can be parsed and checked.
 * @throws Error for a template with anything but words, and for NUL, where a command line ends.
 */
export function ps(literals: TemplateStringsArray, ...values: readonly Value[]): Call {
  let text = '';
  literals.raw.forEach((part, index) => {
    if (!/^[A-Za-z -]*$/.test(part)) throw new Error(`Internal error: only words may stand in ps\`\`: ${part}`);
    const value = values[index];
    text += value === undefined ? part : part + rendered(value);
  });
  return { text, [madeHere]: true };
}

export function textOf(script: PowershellScript): string {
  return script.map(({ text }) => text).join('\n');
}

/** The arguments of `powershell` that run a script. Base64 of UTF-16, so that no shell between here and there reads any of it. */
export function powershellArguments(script: PowershellScript): string[] {
  return ['-NoProfile', '-NonInteractive', '-EncodedCommand', encoded(textOf(script))];
}

/** For the one script that is none of calls. Its input is its own: PowerShell does not read it as text first. */
export function relayArguments(text: string): string[] {
  return ['-NoProfile', '-NonInteractive', '-InputFormat', 'None', '-EncodedCommand', encoded(text)];
}

/** cmd.exe, which OpenSSH for Windows starts commands with, takes 8191 characters; the rest is for the program and its options. */
const mostEncodedChars = 8_000;

/** The script in pieces that each fit on a command line. A single line that does not fit stays one. */
export function pieces(script: PowershellScript, mostChars = mostEncodedChars): readonly PowershellScript[] {
  const made: Call[][] = [];
  for (const call of script) {
    const last = made.at(-1);
    if (last !== undefined && encoded(textOf([...last, call])).length <= mostChars) last.push(call);
    else made.push([call]);
  }
  return made;
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf16le').toString('base64');
}

function rendered(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return digits(value);
  if ('text' in value) return `(${value.text})`;
  return value.map(quoted).join(', ');
}

/** A literal. PowerShell takes ‘ ’ ‚ ‛ for single quotes as well; doubled, each means itself. */
export function quoted(text: string): string {
  if (text.includes('\0')) throw new Error('Internal error: a NUL in a PowerShell literal');
  return `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}

function digits(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`Internal error: ${value} is no whole number`);
  return String(value);
}
