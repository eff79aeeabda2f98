// Compares two runs of one plan step by step: what steps told, handed out and brought out. Reads files, changes nothing.
import { statSync } from 'node:fs';
import type { Comparison } from '../event.ts';
import { type BuildRun, broughtOutKey } from '../execution/build-run.ts';
import type { Step } from '../plan/plan.ts';
import { firstDifferenceInFolders, firstDifferentByte } from './first-difference.ts';
import { placeInFile, placeOnDisk } from './place-in-file.ts';

export type Difference = NonNullable<Comparison['difference']>;

/** Steps have the same numbers in both, whichever build-VM carried them out. */
export function firstDifference(one: BuildRun, other: BuildRun): Difference | undefined {
  for (const step of one.plan.steps) {
    const found = differenceInStep(step, one, other);
    if (found === undefined) continue;
    const vmms = [one.vmm.choice.label, other.vmm.choice.label];
    return { step: step.number, title: step.title, ...found, vmms };
  }
  return undefined;
}

type Found = Pick<Difference, 'what' | 'where' | 'paths'>;

/** What a step brings out comes before what it makes of it. */
function differenceInStep(step: Step, one: BuildRun, other: BuildRun): Found | undefined {
  for (const { what, from, of } of filesOf(step)) {
    const paths = [pathIn(one, from), pathIn(other, from)] as const;
    const where = differenceInFiles(...paths, of === undefined ? undefined : one.plan.disks.get(of));
    if (where !== undefined) return { what, where, paths };
  }
  return differentFact(step.number, one, other);
}

interface ComparedFile {
  readonly what: string;
  /** Where a run keeps it. */
  readonly from: { readonly map: 'artifacts' | 'broughtOut'; readonly key: string };
  /** Name of the disk that it is an image of. */
  readonly of?: string;
}

function filesOf(step: Step): ComparedFile[] {
  const artifacts = step.artifacts.map(
    ({ name, from }): ComparedFile => ({
      what: name,
      from: { map: 'artifacts', key: name },
      ...(from.kind === 'disk' && from.format === undefined ? { of: from.of } : {}),
    }),
  );
  const between = (name: string, map: 'artifacts' | 'broughtOut', key: string): ComparedFile => ({
    what: `the file "${name}" on its way to another step`,
    from: { map, key },
  });
  switch (step.kind) {
    case 'guest':
      return [
        ...step.bringsOut.map((name) => between(name, 'broughtOut', broughtOutKey(step.number, name))),
        ...artifacts,
      ];
    case 'host':
      return [...step.bringsIn.map((name) => between(name, 'artifacts', name)), ...artifacts];
    case 'fetch':
    case 'disk':
      return artifacts;
  }
}

function pathIn(run: BuildRun, { map, key }: ComparedFile['from']): string {
  const path = run[map].get(key);
  if (path === undefined) throw new Error(`Internal error: a finished build has no "${key}"`);
  return path;
}

/** Where two files or folders differ, in words. */
function differenceInFiles(
  one: string,
  other: string,
  disk: Parameters<typeof placeOnDisk>[0] | undefined,
): string | undefined {
  const [isFolder, isOther] = [one, other].map((path) => statSync(path).isDirectory());
  if (isFolder !== isOther) return 'one is a folder, the other a file';
  if (isFolder === true) return firstDifferenceInFolders(one, other);
  const at = firstDifferentByte(one, other);
  if (at === undefined) return undefined;
  return disk === undefined ? placeInFile(one, at) : placeOnDisk(disk, at);
}

function differentFact(number: number, one: BuildRun, other: BuildRun): Found | undefined {
  const [told, toldOther] = [one, other].map((run) => run.steps.find((step) => step.number === number)?.facts ?? {});
  const names = [...new Set([...Object.keys(told ?? {}), ...Object.keys(toldOther ?? {})])].sort();
  const name = names.find((candidate) => told?.[candidate] !== toldOther?.[candidate]);
  if (name === undefined) return undefined;
  const where = [told, toldOther].map((facts) => JSON.stringify(facts?.[name]) ?? 'nothing').join(', and ');
  return { what: `what it tells of ${name}`, where, paths: [] };
}
