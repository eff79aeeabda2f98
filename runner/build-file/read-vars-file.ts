// Reads a file of variables: lines of name=value, blank lines, and comments that begin with "#".
import { quoted } from '../printable.ts';
import type { Mistake, Position } from './build-file.ts';
import { readText } from './text.ts';
import { variableName } from './variables.ts';

export interface VarsFileRead {
  readonly vars: ReadonlyMap<string, { readonly value: string; readonly position: Position }>;
  readonly mistakes: readonly Mistake[];
}

const wholeName = new RegExp(`^${variableName}$`);

/** A value is everything behind the first "=", as it is: quotes are part of it, and nothing is replaced in it. */
export async function readVarsFile(file: string): Promise<VarsFileRead> {
  const read = await readText(file);
  if (!read.ok) {
    const { place, what, remedy } = read;
    return { vars: new Map(), mistakes: [{ position: { file, ...place }, where: '', what, remedy }] };
  }
  const vars = new Map<string, { value: string; position: Position }>();
  const mistakes: Mistake[] = [];
  for (const [index, text] of read.text.split(/\r?\n/).entries()) {
    const position = { file, line: index + 1, column: 1 };
    const refuse = (what: string, remedy: string) => mistakes.push({ position, where: '', what, remedy });
    if (text.trim() === '' || text.trimStart().startsWith('#')) continue;
    const equals = text.indexOf('=');
    const name = text.slice(0, equals).trim();
    if (equals === -1) refuse(`${quoted(text)} sets no variable`, 'write name=value, or # in front of a comment');
    else if (!wholeName.test(name)) {
      const because = 'because names are made of letters, digits, "_" and "-"';
      refuse(`${quoted(name)} cannot be the name of a variable, ${because}`, 'choose another name');
    } else if (vars.has(name))
      refuse(`the variable ${quoted(name)} is set twice in this file`, 'remove one of the two');
    else vars.set(name, { value: text.slice(equals + 1), position });
  }
  return { vars, mistakes };
}
