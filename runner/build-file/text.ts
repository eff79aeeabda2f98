// Reads a build file's bytes as text, and says in a sentence why it cannot.
import { lstat, open, stat } from 'node:fs/promises';
import { firstPlace, type Place } from './places.ts';

/** Larger than any build file written by hand, small enough to be read in a moment whatever is in it. */
const largestBytes = 1024 * 1024;

export type TextRead =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly place: Place; readonly what: string; readonly remedy: string };

/** UTF-8 as TOML 1.0 wants it; a byte-order mark, which some editors write, is taken off. */
export async function readText(path: string): Promise<TextRead> {
  const refused = (what: string, remedy: string, place: Place = firstPlace): TextRead => ({
    ok: false,
    place,
    what,
    remedy,
  });
  let bytes: Uint8Array;
  try {
    const facts = await stat(path);
    if (!facts.isFile()) return refused('this is not a file', 'name a build.toml, or the folder that holds it');
    if (facts.size > largestBytes) {
      return refused(
        `this file has ${facts.size} bytes, but build files have at most ${largestBytes}`,
        'keep data in files of their own and copy them in',
      );
    }
    bytes = await readAtMost(path, largestBytes);
  } catch (error) {
    return refused(...(await unreadable(path, error)));
  }
  const wrongLine = firstLineNotUtf8(bytes);
  if (wrongLine !== undefined) {
    return refused('this line is not UTF-8 text', 'save the file in UTF-8', { line: wrongLine, column: 1 });
  }
  // The decoder takes one mark off; two tools after one another leave two.
  const text = new TextDecoder('utf-8').decode(bytes).replace(/^\uFEFF+/, '');
  const nul = text.indexOf('\0');
  if (nul !== -1) {
    return refused('a NUL byte stands here, which no text has', 'save the file as plain text', placeAt(text, nul));
  }
  return { ok: true, text };
}

/** The size asked for first may have grown since; a build file is never read further than it may be long. */
async function readAtMost(path: string, mostBytes: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(mostBytes);
    const { bytesRead } = await file.read(buffer, 0, mostBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function unreadable(path: string, error: unknown): Promise<[string, string]> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const link = await lstat(path).catch(() => undefined);
    return link === undefined
      ? ['there is no such file', 'write it, or name another one']
      : ['this is a link that leads nowhere', 'correct the link'];
  }
  if (code === 'EACCES' || code === 'EPERM')
    return ['this file may not be read by you', 'give yourself the right to read it'];
  return [`this file cannot be read (${code})`, 'try again once that is mended'];
}

/** Lines can be looked at one by one: no character of several bytes has a line feed in it. */
function firstLineNotUtf8(bytes: Uint8Array): number | undefined {
  if (isUtf8(bytes)) return undefined;
  let start = 0;
  for (let line = 1; start <= bytes.length; line++) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed === -1 ? bytes.length : feed;
    if (!isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
  return 1;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function placeAt(text: string, index: number): Place {
  const before = text.slice(0, index);
  return { line: before.split('\n').length, column: index - before.lastIndexOf('\n') };
}
