// Reads a build.xml of vm-builder as if it were a build.toml: the same table, with places in the XML.
import type { Place, PlaceNode } from '../places.ts';
import type { Table } from '../toml.ts';
import { readXml } from '../xml.ts';
import { type Converted, convert } from './convert.ts';
import type { Carried, Problem } from './entry.ts';

export type VmBuilderRead =
  | { readonly ok: true; readonly table: Table; readonly places: PlaceNode; readonly converted: Converted }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What vm-builder calls a build file. */
export const vmBuilderName = 'build.xml';

/** @param file its path, for the places */
export function readVmBuilder(text: string, file = ''): VmBuilderRead {
  const xml = readXml(text);
  if (!xml.ok) {
    const { place, what, remedy } = xml;
    return { ok: false, problems: [{ place, where: '', what, remedy }] };
  }
  const converted = convert(xml.root);
  if (converted.problems.length > 0) return { ok: false, problems: converted.problems };
  return { ok: true, table: tableOf(converted), places: placesOf(converted, file), converted };
}

function tableOf({ top, source, jobs }: Converted): Table {
  const from = source.size === 0 ? {} : { source: valuesOf(source) };
  return { ...valuesOf(top), ...from, job: jobs.map(({ values }) => valuesOf(values)) };
}

function valuesOf(values: ReadonlyMap<string, Carried>): Table {
  return Object.fromEntries([...values].map(([key, { value }]) => [key, value]));
}

function placesOf({ top, source, jobs, place }: Converted, file: string): PlaceNode {
  const node = (at: Place, children: ReadonlyMap<string, PlaceNode>): PlaceNode => {
    return { file, key: at, value: at, children: new Map(children) };
  };
  const keyNodes = (values: ReadonlyMap<string, Carried>) =>
    new Map([...values].map(([key, { place: at }]) => [key, node(at, new Map())]));
  const entries = jobs.map((entry, index): [string, PlaceNode] => {
    return [String(index), node(entry.place, keyNodes(entry.values))];
  });
  return node(
    place,
    new Map([...keyNodes(top), ['source', node(place, keyNodes(source))], ['job', node(place, new Map(entries))]]),
  );
}
