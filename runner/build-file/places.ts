// Where each value of a TOML text stands: the only file that knows toml-eslint-parser, which is used for positions and nothing else.
import { type AST, parseTOML } from 'toml-eslint-parser';

/** Line and column, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A table, list or value, and where it stands. */
export interface PlaceNode {
  /** Absolute path of the file: a merged build file is made of several. */
  readonly file: string;
  /** Where its key begins; for tables of their own, where the `[` of the header stands. */
  readonly key: Place;
  /** Where its value begins. */
  readonly value: Place;
  readonly children: Map<string, PlaceNode>;
}

export const firstPlace: Place = { line: 1, column: 1 };

/**
 * The places of a text that has been read as TOML before. Should this parser not understand it, which a bug in either could
 * cause, everything stands at its beginning: a place less, no build less.
 */
export function placesOf(text: string, file: string): PlaceNode {
  const root = placeNode(file, firstPlace, firstPlace);
  try {
    for (const part of parseTOML(text, { tomlVersion: '1.1' }).body[0].body) {
      if (part.type === 'TOMLTable') addTable(root, part);
      else addKeyValue(root, part);
    }
  } catch {
    // Never worth more than a coarser place.
  }
  return root;
}

/** The node at a path, or the nearest one around it; and whether it is the one asked for. */
export function nearestNode(root: PlaceNode, path: readonly (string | number)[]): { node: PlaceNode; found: boolean } {
  let current = root;
  for (const part of path) {
    const next = current.children.get(String(part));
    if (next === undefined) return { node: current, found: false };
    current = next;
  }
  return { node: current, found: true };
}

function addTable(root: PlaceNode, table: AST.TOMLTable): void {
  const start = placeOf(table);
  const own = descend(root, table.resolvedKey.map(String), start);
  for (const part of table.body) addKeyValue(own, part);
}

function addKeyValue(parent: PlaceNode, pair: AST.TOMLKeyValue): void {
  const names = pair.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value));
  const last = names.pop() ?? '';
  const start = placeOf(pair);
  descend(parent, names, start).children.set(last, content(parent.file, pair.value, start));
}

function content(file: string, value: AST.TOMLContentNode, key: Place): PlaceNode {
  const made = placeNode(file, key, placeOf(value));
  if (value.type === 'TOMLInlineTable') {
    for (const pair of value.body) addKeyValue(made, pair);
  } else if (value.type === 'TOMLArray') {
    value.elements.forEach((element, index) => {
      made.children.set(String(index), content(file, element, placeOf(element)));
    });
  }
  return made;
}

function descend(from: PlaceNode, names: readonly string[], place: Place): PlaceNode {
  let current = from;
  for (const name of names) {
    let next = current.children.get(name);
    if (next === undefined) {
      next = placeNode(from.file, place, place);
      current.children.set(name, next);
    }
    current = next;
  }
  return current;
}

export function placeNode(file: string, key: Place, value: Place): PlaceNode {
  return { file, key, value, children: new Map() };
}

function placeOf(part: { loc: { start: { line: number; column: number } } }): Place {
  return { line: part.loc.start.line, column: part.loc.start.column + 1 };
}
