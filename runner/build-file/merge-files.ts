// Lays a build file over the one that it extends: pure, with every value keeping the place where it is written.
import type { Mistake } from './build-file.ts';
import { mergeJobs } from './merge-jobs.ts';
import { type PlaceNode, placeNode } from './places.ts';
import { isTable } from './toml.ts';
import type { WrittenFile } from './written-file.ts';

/** Every build file says itself what it is; and whom a parent extends has been followed. */
const ownKeys: ReadonlySet<string> = new Set(['name', 'version', 'arch', 'summary', 'extends']);

/** A table that only makes sense as a whole. */
const wholeKeys: ReadonlySet<string> = new Set(['source']);

/** `mistakes` takes what the child says about jobs that the parent has not. */
export function mergeFiles(parent: WrittenFile, child: WrittenFile, mistakes: Mistake[]): WrittenFile {
  const table = new Map<string, unknown>();
  const places = placeNode(child.file, child.places.key, child.places.value);
  const put = (key: string, value: unknown, node: PlaceNode | undefined) => {
    table.set(key, value);
    if (node !== undefined) places.children.set(key, node);
  };
  // First what the file is, as people write it.
  for (const [key, value] of Object.entries(child.table)) {
    if (ownKeys.has(key) && key !== 'extends') put(key, value, child.places.children.get(key));
  }
  for (const [key, value] of Object.entries(parent.table)) {
    if (!ownKeys.has(key)) put(key, value, parent.places.children.get(key));
  }
  for (const [key, value] of Object.entries(child.table)) {
    if (ownKeys.has(key)) continue;
    const below = { value: table.get(key), node: places.children.get(key) };
    const node = child.places.children.get(key);
    if (key === 'job' && Array.isArray(value) && Array.isArray(below.value)) {
      const merged = mergeJobs(parent, child, mistakes);
      put(key, merged.value, merged.node);
    } else if (!wholeKeys.has(key) && isTable(value) && isTable(below.value)) {
      put(key, { ...below.value, ...value }, mergedNode(below.node, node));
    } else put(key, value, node);
  }
  return { file: child.file, table: Object.fromEntries(table), places };
}

/** The places of a table whose values come from two; `over` counts where both have one. */
function mergedNode(below: PlaceNode | undefined, over: PlaceNode | undefined): PlaceNode | undefined {
  if (below === undefined || over === undefined) return over ?? below;
  return { ...over, children: new Map([...below.children, ...over.children]) };
}
