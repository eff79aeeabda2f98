// A build file as it is written: its values, and where each of them stands.
import type { Mistake, ParentFile } from './build-file.ts';
import { positionAt } from './findings.ts';
import type { PlaceNode } from './places.ts';
import { readTable } from './read-table.ts';
import { readText } from './text.ts';
import type { Table } from './toml.ts';

export interface WrittenFile {
  /** Absolute. */
  readonly file: string;
  readonly table: Table;
  readonly places: PlaceNode;
  /** What it extends, the nearest first; none before that is followed. */
  readonly parents?: readonly ParentFile[];
}

export type WrittenFileRead =
  | { readonly ok: true; readonly written: WrittenFile }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Nothing but its format is checked. */
export async function readWrittenFile(file: string): Promise<WrittenFileRead> {
  const read = await readText(file);
  if (!read.ok) {
    const { place, what, remedy } = read;
    return { ok: false, mistakes: [{ position: positionAt(file, place), where: '', what, remedy }] };
  }
  const written = readTable(file, read.text);
  return written.ok ? { ok: true, written: { file, table: written.table, places: written.places } } : written;
}
