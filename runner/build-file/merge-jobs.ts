// Merges the jobs of a build file into those of the one that it extends, by their ids: replaced, changed, dropped, put before or after.
import { quoted } from '../printable.ts';
import type { Mistake } from './build-file.ts';
import { didYouMean } from './did-you-mean.ts';
import { type Findings, makeFindings } from './findings.ts';
import { type PlaceNode, placeNode } from './places.ts';
import { isTable } from './toml.ts';
import type { WrittenFile } from './written-file.ts';

/** An entry of a job list and its places. */
interface Entry {
  readonly value: unknown;
  readonly node: PlaceNode;
}

/** Both files have a list of jobs. */
export function mergeJobs(
  parent: WrittenFile,
  child: WrittenFile,
  mistakes: Mistake[],
): { readonly value: readonly unknown[]; readonly node: PlaceNode } {
  const findings = makeFindings(child.places);
  let entries = entriesOf(parent);
  const inherited = new Set(entries.map(idOf).filter((id) => id !== undefined));
  for (const [index, entry] of entriesOf(child).entries()) {
    entries = withEntry(entries, entry, index, inherited, findings);
  }
  mistakes.push(...findings.mistakes);
  const list = child.places.children.get('job') ?? child.places;
  const node = placeNode(child.file, list.key, list.value);
  for (const [index, entry] of entries.entries()) node.children.set(String(index), entry.node);
  return { value: entries.map(({ value }) => value), node };
}

/** The list with one more entry of the child. */
function withEntry(
  entries: readonly Entry[],
  entry: Entry,
  index: number,
  inherited: ReadonlySet<string>,
  findings: Findings,
): readonly Entry[] {
  if (!isTable(entry.value)) return [...entries, entry];
  const { drop, before, after, ...rest } = entry.value;
  const use = typeof rest['use'] === 'string' ? rest['use'] : undefined;
  const refuse = (key: string | undefined, what: string, remedy: string) => {
    findings.add({ path: ['job', index, ...(key === undefined ? [] : [key])], target: 'value', what, remedy }, use);
    return entries;
  };
  const id = idOf(entry);
  const known = id !== undefined && inherited.has(id) ? entries.findIndex((other) => idOf(other) === id) : -1;
  if (known === -1 && (drop !== undefined || use === undefined)) {
    if (id === undefined && drop === undefined) return [...entries, { ...entry, value: rest }];
    if (id === undefined) return refuse('drop', 'this does not say which job is dropped', 'add its id');
    return refuse('id', ...noSuchJob(id, entries));
  }
  if (drop !== undefined) {
    if (drop === true && Object.keys(rest).length === 1) return entries.filter((_, at) => at !== known);
    return refuse('drop', 'a job that is dropped has an id and drop = true, nothing else', 'leave the rest out');
  }
  const made =
    known === -1 || use !== undefined ? { ...entry, value: rest } : changed(entries[known], { ...entry, value: rest });
  const others = known === -1 ? entries : entries.filter((_, at) => at !== known);
  if (before === undefined && after === undefined)
    return others.toSpliced(known === -1 ? others.length : known, 0, made);
  if (before !== undefined && after !== undefined) {
    return refuse('after', '`before` and `after` are both given, but a job stands at one place', 'remove one of them');
  }
  const [key, target] = before === undefined ? ['after', after] : ['before', before];
  const at = others.findIndex((other) => idOf(other) === target);
  if (typeof target !== 'string' || at === -1) return refuse(key, ...noSuchJob(target, others));
  return others.toSpliced(key === 'before' ? at : at + 1, 0, made);
}

/** A job of the parent with other options; those that are not named stay, at their places in the parent. */
function changed(below: Entry | undefined, over: Entry): Entry {
  if (below === undefined || !isTable(below.value) || !isTable(over.value)) return over;
  const children = new Map([...below.node.children, ...over.node.children]);
  return { value: { ...below.value, ...over.value }, node: { ...below.node, children } };
}

function entriesOf({ table, places }: WrittenFile): readonly Entry[] {
  const list = places.children.get('job');
  const values = Array.isArray(table['job']) ? table['job'] : [];
  return values.map((value, index) => ({ value, node: list?.children.get(String(index)) ?? list ?? places }));
}

function idOf({ value }: Entry): string | undefined {
  const id = isTable(value) ? value['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

function noSuchJob(id: unknown, entries: readonly Entry[]): [what: string, remedy: string] {
  const ids = entries.map(idOf).filter((known) => known !== undefined);
  const meant = typeof id === 'string' ? didYouMean(id, ids) : '';
  const remedy = ids.length === 0 ? 'give jobs an id where they are written first' : `use one of: ${ids.join(', ')}`;
  return [`no job that is inherited has the id ${quoted(id)}${meant}`, remedy];
}
