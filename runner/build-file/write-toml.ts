// Writes a build file as TOML, with what a caller has to say of its parts as comments.
import { harmlessJson } from '../printable.ts';
import { isTable, offsetDateTimeSeconds, type Table } from './toml.ts';

type Path = readonly (string | number)[];

export interface TomlNotes {
  /** A comment behind the value at a path; empty for none. */
  behind?(path: Path): string;
  /** Lines of comment above the table at a path, or, at the empty path, above everything. */
  above?(path: Path): readonly string[];
}

/** Values first, then tables, then lists of tables, each in the table's order; what lies deeper stands on one line. */
export function writeToml(table: Table, notes: TomlNotes = {}): string {
  const entries = Object.entries(table).filter(([, value]) => value !== undefined);
  const isList = (value: unknown): value is readonly Table[] =>
    Array.isArray(value) && value.length > 0 && value.every((item) => isTable(item));
  const plain = entries.filter(([, value]) => !isTable(value) && !isList(value));
  const top = [...commentLines([], notes), ...plain.map(([key, value]) => line([key], value, notes))];
  const blocks: string[][] = top.length === 0 ? [] : [top];
  for (const [key, value] of entries) {
    if (isTable(value))
      blocks.push([...commentLines([key], notes), `[${keyText(key)}]`, ...linesOf([key], value, notes)]);
  }
  for (const [key, value] of entries) {
    if (!isList(value)) continue;
    for (const [index, item] of value.entries()) {
      const path = [key, index];
      blocks.push([...commentLines(path, notes), `[[${keyText(key)}]]`, ...linesOf(path, item, notes)]);
    }
  }
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function linesOf(path: Path, table: Table, notes: TomlNotes): string[] {
  const entries = Object.entries(table).filter(([, value]) => value !== undefined);
  return entries.map(([key, value]) => line([...path, key], value, notes));
}

function line(path: Path, value: unknown, notes: TomlNotes): string {
  const note = notes.behind?.(path) ?? '';
  const text = `${keyText(String(path.at(-1)))} = ${typeof value === 'string' ? textValue(value) : inline(value)}`;
  return note === '' ? text : `${text}  ${comment(note)}`;
}

function commentLines(path: Path, notes: TomlNotes): string[] {
  return (notes.above?.(path) ?? []).map(comment);
}

/** TOML allows no control characters in comments but the tab. */
function comment(text: string): string {
  return `# ${text.replace(/[\u0000-\u001f\u007f]/g, ' ')}`;
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quotedText(key);
}

/** A text of several lines as people write it. */
function textValue(text: string): string {
  if (!text.includes('\n')) return quotedText(text);
  const inner = text.split('\n').map((part) => quotedText(part).slice(1, -1).replaceAll('\\"', '"'));
  // Three quotes would end the text, and so would one before the end.
  return `"""\n${inner.join('\n').replaceAll('"""', '""\\"').replace(/"$/, '\\"')}"""`;
}

/** JSON's escapes are TOML's; what JSON leaves as it is, but is not harmless on a terminal, is escaped, too. */
function quotedText(text: string): string {
  return harmlessJson(JSON.stringify(text));
}

function inline(value: unknown): string {
  if (typeof value === 'string') return quotedText(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (value instanceof Date) {
    return offsetDateTimeSeconds(value) === undefined
      ? String(value.toISOString())
      : value.toISOString().replace('.000', '');
  }
  if (!isTable(value)) return String(value);
  const members = Object.entries(value).map(([key, member]) => `${keyText(key)} = ${inline(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
