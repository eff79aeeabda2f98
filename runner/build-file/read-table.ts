// A build file's text as a table with places, in whichever of the two formats it is written: TOML, or vm-builder's XML.
import type { Mistake } from './build-file.ts';
import { positionAt } from './findings.ts';
import { type PlaceNode, placesOf } from './places.ts';
import { readToml, type Table } from './toml.ts';
import type { Problem } from './vm-builder/entry.ts';
import { readVmBuilder } from './vm-builder/read-vm-builder.ts';

export type TableRead =
  | { readonly ok: true; readonly table: Table; readonly places: PlaceNode }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** @param file its name tells the format */
export function readTable(file: string, text: string): TableRead {
  const refused = (problems: readonly Problem[]): TableRead => {
    const mistakes = problems.map(({ place, where, what, remedy }) => {
      return { position: positionAt(file, place), where, what, remedy };
    });
    return { ok: false, mistakes };
  };
  if (file.endsWith('.xml')) {
    const read = readVmBuilder(text, file);
    if (read.ok) return read;
    return refused(read.problems);
  }
  const toml = readToml(text);
  if (!toml.ok) return refused([{ where: '', ...toml }]);
  const places = placesOf(text, file);
  const wrong = impossibleDay(text, toml.table, places);
  return wrong === undefined ? { ok: true, table: toml.table, places } : refused([wrong]);
}

/**
 * TOML's reader takes February 30 for March 2, as JavaScript does. The reader of places refuses the whole text for it and knows
 * no place then, so that this is looked for in the text only where there is something wrong.
 */
function impossibleDay(text: string, table: Table, places: PlaceNode): Problem | undefined {
  if (!('epoch' in table) || places.children.has('epoch')) return undefined;
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const [, before = '', date = ''] = /^(\s*epoch\s*=\s*)([0-9]{4}-[0-9]{2}-[0-9]{2})/.exec(line) ?? [];
    const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
    if (date === '' || new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day) continue;
    const place = { line: index + 1, column: before.length + 1 };
    return { place, where: 'epoch', what: `${date} is no day of the calendar`, remedy: 'correct it' };
  }
  return undefined;
}
