// Writes a converted build.xml as a build.toml: the same keys in the same order, what was renamed as comments above.

import type { Converted } from './convert.ts';
import type { Carried, Entry } from './entry.ts';

/** Ends with a line feed. */
export function printToml({ top, comments, source, jobs }: Converted): string {
  const paragraphs = [
    [...comments.map(commentLine), ...[...top].map(keyLine)],
    ...(source.size === 0 ? [] : [['[source]', ...[...source].map(keyLine)]]),
    ...jobs.map(({ comments: own, values }: Entry) => [
      ...own.map(commentLine),
      '[[job]]',
      ...[...values].map(keyLine),
    ]),
  ];
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function commentLine(text: string): string {
  // TOML allows no control characters in comments but the tab.
  return `# ${text.replace(/[\u0000-\u001f\u007f]/g, ' ')}`;
}

function keyLine([key, { value }]: readonly [string, Carried]): string {
  return `${key} = ${valueText(value)}`;
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return quotedText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) throw new Error('Internal error: a value that TOML does not have');
  const pairs = Object.entries(value).map(([key, inner]) => `${quotedText(key)} = ${valueText(inner)}`);
  return `{ ${pairs.join(', ')} }`;
}

/** A basic string: JSON's escapes are TOML's, but for DEL, which TOML wants escaped as well. */
function quotedText(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
