// Reads a build.xml of vm-builder as if it were a build.toml: the same table, with places in the XML.
import type { Place, PlaceNode } from '../places.ts';
import type { Table } from '../toml.ts';
import { readXml } from '../xml.ts';
import { type Converted, convert } from './convert.ts';
import type { Carried, Entry, Problem } from './entry.ts';

export type VmBuilderRead =
  | { readonly ok: true; readonly table: Table; readonly places: PlaceNode; readonly converted: Converted }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What vm-builder calls a build file. */
export const vmBuilderName = 'build.xml';

export function readVmBuilder(text: string): VmBuilderRead {
  const xml = readXml(text);
  if (!xml.ok) {
    const { place, what, remedy } = xml;
    return { ok: false, problems: [{ place, where: '', what, remedy }] };
  }
  const converted = convert(xml.root);
  if (converted.problems.length > 0) return { ok: false, problems: converted.problems };
  return { ok: true, table: tableOf(converted), places: placesOf(converted), converted };
}

function tableOf({ top, jobs }: Converted): Table {
  return { ...valuesOf(top), job: jobs.map(({ values }) => valuesOf(values)) };
}

function valuesOf(values: ReadonlyMap<string, Carried>): Table {
  return Object.fromEntries([...values].map(([key, { value }]) => [key, value]));
}

function placesOf({ top, jobs, place }: Converted): PlaceNode {
  const list = node(place, new Map(jobs.map((entry, index) => [String(index), jobNode(entry)])));
  return node(place, new Map([...keyNodes(top), ['job', list]]));
}

function jobNode({ place, values }: Entry): PlaceNode {
  return node(place, keyNodes(values));
}

function keyNodes(values: ReadonlyMap<string, Carried>): Map<string, PlaceNode> {
  return new Map([...values].map(([key, { place }]) => [key, node(place, new Map())]));
}

function node(place: Place, children: Map<string, PlaceNode>): PlaceNode {
  return { key: place, value: place, children };
}
