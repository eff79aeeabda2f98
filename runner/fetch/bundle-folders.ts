// Decides which build folders a bundle carries, and where in it each lies: a build needs those of its parents and sources as well.
import { basename, dirname } from 'node:path';
import type { PlanDraft } from '../plan/plan-draft.ts';
import { bundledName } from '../state/repositories.ts';

export interface BundledFolder {
  /** Absolute. */
  readonly folder: string;
  /** Below the bundle's folder of builds; empty for a build that needs no other. */
  readonly place: string;
}

/** Sorted by place. Builds that come with every vmb are left out, unless it is one of them that is carried. */
export function bundledFolders(draft: PlanDraft): BundledFolder[] {
  const repositories = new Map<string, string>();
  for (const { folder, repository } of neededFolders(draft)) {
    if (repository !== bundledName || draft.repository === bundledName) repositories.set(folder, repository);
  }
  if (repositories.size === 1) return [{ folder: draft.buildFile.folder, place: '' }];
  const places = new Map<string, string>();
  for (const [folder, repository] of [...repositories].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = `${repository}/${basename(folder)}`;
    let place = name;
    for (let count = 2; places.has(place); count++) place = `${name}-${count}`;
    places.set(place, folder);
  }
  return [...places].map(([place, folder]) => ({ place, folder })).sort((a, b) => (a.place < b.place ? -1 : 1));
}

function neededFolders({ buildFile, repository, source }: PlanDraft): { folder: string; repository: string }[] {
  const parents = buildFile.parents.map((parent) => ({ folder: dirname(parent.path), repository: parent.repository }));
  const sources = source === undefined ? [] : neededFolders(source.draft);
  return [{ folder: buildFile.folder, repository }, ...parents, ...sources];
}
