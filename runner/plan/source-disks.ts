// The disks that a build begins with when it has a source: which of the source's artifacts, and what is known of them. Pure.
import type { BuildFile, BuildSource, Mistake } from '../build-file/build-file.ts';
import { didYouMean } from '../build-file/did-you-mean.ts';
import { quoted } from '../printable.ts';
import type { PlanDraft, SourceDraft } from './plan-draft.ts';

export type SourceDisksResult =
  | { readonly ok: true; readonly source: SourceDraft }
  | { readonly ok: false; readonly mistake: Mistake };

export function sourceDisks(source: BuildSource, draft: PlanDraft): SourceDisksResult {
  const refused = (key: string[], what: string, remedy: string): SourceDisksResult => ({
    ok: false,
    mistake: { position: source.position(key), where: ['source', ...key].join('.'), what, remedy },
  });
  const name = buildName(draft.buildFile);
  const artifacts = [...draft.exports.keys()];
  const choice = artifacts.join(', ');
  if (artifacts.length === 0) {
    return refused(['name'], `${name} hands out no raw disk that this build could begin with`, 'add an export to it');
  }
  if (source.artifact !== undefined && !artifacts.includes(source.artifact)) {
    const meant = didYouMean(source.artifact, artifacts);
    return refused(
      ['artifact'],
      `${name} exports no disk as ${quoted(source.artifact)}${meant}`,
      `use one of: ${choice}`,
    );
  }
  const chosen = [...draft.exports].filter(([artifact]) => (source.artifact ?? artifact) === artifact);
  const one = chosen.length === 1;
  for (const key of ['disk', 'hash'] as const) {
    if (source[key] === undefined || one) continue;
    return refused(
      [key],
      `${name} exports several disks, but this is about one`,
      `add artifact = "…", one of: ${choice}`,
    );
  }
  const disks = chosen.map(([artifact, disk]) => ({ artifact, disk: { ...disk, name: source.disk ?? disk.name } }));
  const twice = disks.find(({ disk }, index) => disks.findIndex((other) => other.disk.name === disk.name) !== index);
  if (twice !== undefined) {
    const what = `${name} exports the disk ${quoted(twice.disk.name)} several times`;
    return refused(['name'], what, `add artifact = "…", one of: ${choice}`);
  }
  return { ok: true, source: { source, draft, disks } };
}

/** "base 1 x86_64", "base 1 x86_64 (small)": for people. */
export function buildName({ name, version, arch, variant }: BuildFile): string {
  return [name, version, arch, ...(variant === undefined ? [] : [`(${variant.label})`])].join(' ');
}
