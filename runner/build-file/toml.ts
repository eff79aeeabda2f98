// Reads TOML values: the only file that knows smol-toml.
import { parse, TomlDate, TomlError } from 'smol-toml';
import type { Place } from './places.ts';

export type Table = Readonly<Record<string, unknown>>;

export type TomlRead =
  | { readonly ok: true; readonly table: Table }
  | { readonly ok: false; readonly place: Place; readonly what: string; readonly remedy: string };

/** Deeper than any job's options; keeps what walks through values off the end of the stack. */
const deepest = 32;

/** Specification: TOML 1.0 and 1.1. Tables have no prototype, so that a key such as `__proto__` is a key like any other. */
export function readToml(text: string): TomlRead {
  try {
    const table = parse(text, { maxDepth: deepest });
    if (!isDeeperThan(deepest, table)) return { ok: true, table };
    return {
      ok: false,
      place: { line: 1, column: 1 },
      what: `tables stand more than ${deepest} deep in each other, which no build file needs`,
      remedy: 'write fewer dots',
    };
  } catch (error) {
    if (error instanceof TomlError) {
      const place = { line: error.line, column: error.column };
      return { ok: false, place, what: `this is not TOML, because ${reasonOf(error)}`, remedy: 'see https://toml.io' };
    }
    // Arrays nested too deep end in an Error, or in a RangeError of the engine.
    const reason = error instanceof Error ? reasonOf(error) : String(error);
    return { ok: false, place: { line: 1, column: 1 }, what: `this cannot be read: ${reason}`, remedy: 'simplify it' };
  }
}

/** A date and time with its distance from UTC, in seconds since 1970; undefined for other kinds of values and dates. */
export function offsetDateTimeSeconds(value: unknown): number | undefined {
  return value instanceof TomlDate && value.isDateTime() && !value.isLocal() ? value.getTime() / 1000 : undefined;
}

/** smol-toml's first line, without its preamble; the rest is a picture of the place. */
function reasonOf(error: Error): string {
  const [first = ''] = error.message.split('\n');
  return first.replace(/^Invalid TOML document: /, '').replace(/\.$/, '');
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function isDeeperThan(levels: number, table: unknown): boolean {
  let level: unknown[] = [table];
  for (let depth = 0; depth <= levels && level.length > 0; depth++) {
    level = level.flatMap((value) => (isContainer(value) ? Object.values(value) : []));
  }
  return level.length > 0;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date);
}
