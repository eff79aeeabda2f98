// Chooses among the build files of a repository by name, architecture and version; pure.
import type { BuildFileHead } from './find-build-files.ts';

export interface WantedBuild {
  readonly name: string | undefined;
  readonly arch: string | undefined;
  readonly version: string | undefined;
}

export type Choice =
  | { readonly kind: 'one'; readonly head: BuildFileHead }
  /** Nothing has that value; `among` are those that fit up to there. */
  | {
      readonly kind: 'none';
      readonly key: keyof WantedBuild;
      readonly value: string;
      readonly known: readonly string[];
      readonly among: readonly BuildFileHead[];
    }
  | { readonly kind: 'several'; readonly heads: readonly BuildFileHead[] };

export function chooseHead(heads: readonly BuildFileHead[], wanted: WantedBuild): Choice {
  let fitting = heads;
  for (const key of ['name', 'arch', 'version'] as const) {
    const value = wanted[key];
    if (value === undefined) continue;
    const among = fitting;
    fitting = among.filter((head) => head[key] === value);
    if (fitting.length > 0) continue;
    const known = [...new Set(among.flatMap((head) => head[key] ?? []))].sort();
    return { kind: 'none', key, value, known, among };
  }
  const [head, ...others] = fitting;
  return head !== undefined && others.length === 0 ? { kind: 'one', head } : { kind: 'several', heads: fitting };
}

/** "hello-efi 1 x86_64" */
export function describeHead(head: BuildFileHead): string {
  return [head.name ?? '?', head.version ?? '?', head.arch ?? '?'].join(' ');
}
