// Makes shell text for the guest: the only door, so that a file name with a quote or a newline is just a file name.

const madeHere = Symbol('made by sh');

/** POSIX sh text that only this file can make. */
export interface Script {
  readonly text: string;
  /** Whether a part of it uses programs of the tools image, which its step then has to be given. */
  readonly tools: boolean;
  readonly [madeHere]: true;
}

type Value = string | number | Script | readonly (string | number)[] | readonly Script[];

function script(text: string, parts: readonly Value[]): Script {
  return { text, tools: parts.some(usesTools), [madeHere]: true };
}

function usesTools(value: Value): boolean {
  if (typeof value === 'string' || typeof value === 'number') return false;
  return 'text' in value ? value.tools : isScripts(value) && value.some(({ tools }) => tools);
}

/**
 * A piece of shell. A text becomes one single-quoted word whatever it holds, a number its digits, a list of them words side
 * by side; a Script goes in as it is, a list of Scripts as lines. Backslashes in the literal parts are the shell's own, and
 * `\${` is the shell's `${`. Common indentation is taken off.
 * @throws Error for NUL, which no shell word can hold, and for a text inside quotes, where quoting would not protect it.
 */
export function sh(literals: TemplateStringsArray, ...values: readonly Value[]): Script {
  const parts = dedent(literals.raw.map((part) => part.replaceAll('\\${', '${').replaceAll('\\`', '`')));
  let quoting = outside;
  let text = '';
  parts.forEach((part, index) => {
    text += part;
    quoting = quotingAfter(quoting, part);
    const value = values[index];
    if (value === undefined) return;
    // A number is digits, which mean themselves in any quotes.
    if (quoting !== outside && typeof value !== 'number')
      throw new Error(`Internal error: a value inside quotes or a comment: ${text.slice(-80)}`);
    text += rendered(value);
  });
  return script(text, values);
}

/** Shell that is not made of values: a constant of the program. */
export function raw(constant: string): Script {
  return script(constant, []);
}

/** The same, for a step that is given the tools image. */
export function withTools(part: Script): Script {
  return { ...part, tools: true };
}

/** Pieces one below the other; what is undefined or empty leaves no line. */
export function lines(...pieces: readonly (Script | undefined)[]): Script {
  const some = pieces.flatMap((piece) => (piece === undefined || piece.text === '' ? [] : [piece]));
  return script(some.map(({ text }) => text).join('\n'), some);
}

function rendered(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return digits(value);
  if ('text' in value) return value.text;
  if (isScripts(value)) return lines(...value).text;
  return value.map((item) => (typeof item === 'string' ? quoted(item) : digits(item))).join(' ');
}

function isScripts(list: readonly (string | number)[] | readonly Script[]): list is readonly Script[] {
  return list.length > 0 && list.every((item) => typeof item === 'object');
}

function quoted(text: string): string {
  if (text.includes('\0')) throw new Error('Internal error: a NUL in a shell word');
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function digits(value: number): string {
  if (!Number.isSafeInteger(value)) throw new Error(`Internal error: ${value} is no whole number`);
  return String(value);
}

/** Takes off the first line break, the spaces that all lines share, and the blanks at the end. */
function dedent(parts: readonly string[]): string[] {
  const indents = parts.flatMap((part) => [...part.matchAll(/\n( *)(?=[^ \n]|$)/g)].map((match) => match[1] ?? ''));
  const last = parts.length - 1;
  // The line of the closing backtick counts for nothing when there is nothing on it.
  if (/\n *$/.test(parts[last] ?? '')) indents.pop();
  const width = Math.min(...indents.map((indent) => indent.length));
  const margin = Number.isFinite(width) ? new RegExp(`\n {${width}}`, 'g') : /(?!)/g;
  return parts.map((part, index) => {
    const shifted = part.replaceAll(margin, '\n');
    const begun = index === 0 ? shifted.replace(/^\n/, '') : shifted;
    return index === last ? begun.replace(/\s+$/, '') : begun;
  });
}

type Quoting = 'outside' | 'single' | 'double' | 'comment';
const outside: Quoting = 'outside';

/** Where a shell that reads `text` is afterwards. Here-documents would need more, so they are refused. */
function quotingAfter(before: Quoting, text: string): Quoting {
  let now = before;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (now === 'outside' && text.startsWith('<<', index)) throw new Error('Internal error: no here-documents in sh``');
    if (char === '\\' && (now === 'outside' || now === 'double')) index++;
    else if (now === 'outside') now = opened(char, index === 0 ? ' ' : text[index - 1]);
    else if (now === closers.get(char ?? '')) now = outside;
  }
  return now;
}

const closers = new Map<string, Quoting>([
  ["'", 'single'],
  ['"', 'double'],
  ['\n', 'comment'],
]);

function opened(char: string | undefined, before: string | undefined): Quoting {
  if (char === "'") return 'single';
  if (char === '"') return 'double';
  return char === '#' && /\s/.test(before ?? '') ? 'comment' : outside;
}
