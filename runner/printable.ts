// How text of unknown origin is printed: harmless on a terminal, line by line, values as a build file has them.
import { harmless } from '../jobs/lib/harmless.ts';

/** One line: control characters become \x1b, \u202e and the like; a tab becomes a space. */
export function printable(text: string): string {
  return harmless(text.replaceAll('\t', ' '));
}

/**
 * JSON lets C1 controls and turned text through, which a terminal obeys; within its strings, and those of TOML, they may as well be
 * escaped.
 */
export function harmlessJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same for text of several lines, whose line ends stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** A value as it could stand in a build file, on one line and not too long: "64MB", 64, true. */
export function quoted(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : jsonText(value);
  return printable(text.length > longestQuoted ? `${text.slice(0, longestQuoted)}…` : text);
}

const longestQuoted = 80;

function jsonText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : (JSON.stringify(value) ?? String(value));
}
