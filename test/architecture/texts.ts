// Finds the texts in source files: every string and template, without comments and regular expressions.

export interface FoundText {
  /** As the program has it, with … for each hole of a template. */
  readonly text: string;
  /** The name before a template, such as `sh`; empty otherwise. */
  readonly tag: string;
}

const hole = '…';

/** Reads TypeScript from `start` to its end, or to the brace that closes a template's hole. */
export function textsIn(source: string): FoundText[] {
  const found: FoundText[] = [];
  readCode(source, 0, found);
  return found;
}

function readCode(source: string, start: number, found: FoundText[]): number {
  let at = start;
  let depth = 0;
  // A slash begins a regular expression where an operand is expected; otherwise it divides.
  let before = '';
  while (at < source.length) {
    const two = source.slice(at, at + 2);
    const one = source.charAt(at);
    if (two === '//') at = endOf(source, '\n', at);
    else if (two === '/*') at = endOf(source, '*/', at + 2);
    else if (one === "'" || one === '"') at = readString(source, at, found);
    else if (one === '`') at = readTemplate(source, at, found, /[A-Za-z]+$/.exec(source.slice(0, at))?.[0] ?? '');
    else if (one === '/' && /(^|[(,=:[!&|?{};>]|return)$/.test(before)) at = readRegExp(source, at);
    else {
      if (one === '{') depth++;
      if (one === '}' && depth-- === 0) return at + 1;
      if (/\S/.test(one)) before = (before + one).slice(-6);
      at++;
      continue;
    }
    if (two !== '//' && two !== '/*') before = "'";
  }
  return at;
}

function readString(source: string, start: number, found: FoundText[]): number {
  const quote = source.charAt(start);
  let at = start + 1;
  while (at < source.length && source.charAt(at) !== quote) at += source.charAt(at) === '\\' ? 2 : 1;
  found.push({ text: source.slice(start + 1, at).replaceAll(`\\${quote}`, quote), tag: '' });
  return at + 1;
}

function readTemplate(source: string, start: number, found: FoundText[], tag: string): number {
  let text = '';
  let at = start + 1;
  const inner: FoundText[] = [];
  while (at < source.length && source.charAt(at) !== '`') {
    if (source.startsWith('${', at)) {
      at = readCode(source, at + 2, inner);
      text += hole;
    } else {
      const length = source.charAt(at) === '\\' ? 2 : 1;
      text += source.slice(at, at + length).replace(/^\\([`$])/, '$1');
      at += length;
    }
  }
  found.push({ text, tag }, ...inner);
  return at + 1;
}

function readRegExp(source: string, start: number): number {
  let inClass = false;
  let at = start + 1;
  while (at < source.length && (inClass || source.charAt(at) !== '/')) {
    if (source.charAt(at) === '[') inClass = true;
    if (source.charAt(at) === ']') inClass = false;
    at += source.charAt(at) === '\\' ? 2 : 1;
  }
  return at + 1;
}

function endOf(source: string, ending: string, from: number): number {
  const at = source.indexOf(ending, from);
  return at === -1 ? source.length : at + ending.length;
}
