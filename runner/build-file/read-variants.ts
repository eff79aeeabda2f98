// From the path of a build file to what it says: parents merged, one build file for each image of its matrix.
import { resolve } from 'node:path';
import type { BuildFile, Mistake } from './build-file.ts';
import { type Findings, makeFindings } from './findings.ts';
import { withParents } from './inherit.ts';
import { readMatrix } from './matrix.ts';
import { sortedMistakes } from './mistakes.ts';
import { type BuildFileRead, type ReadableRest, type ReadOptions, readVariant } from './read-build-file.ts';
import { isMissingVariable } from './read-vars.ts';
import type { Table } from './toml.ts';
import { mistakesOfVariants } from './variant-mistakes.ts';
import { readWrittenFile, type WrittenFileRead } from './written-file.ts';

export type VariantsRead =
  | { readonly ok: true; readonly buildFiles: readonly BuildFile[] }
  | {
      readonly ok: false;
      readonly mistakes: readonly Mistake[];
      /** What of each variant is right; none when the file cannot be read as such. */
      readonly rests: readonly ReadableRest[];
    };

/** The file as it is written, with what it inherits; every value knows its place. */
export async function readMerged(
  path: string,
  { repository = '', library }: Pick<ReadOptions, 'repository' | 'library'>,
): Promise<WrittenFileRead> {
  const read = await readWrittenFile(resolve(path));
  return read.ok ? withParents(read.written, repository, library) : read;
}

/** One build file without a matrix. @throws RunnerError `usage` for a variable of the command line that the file does not have */
export async function readVariants(path: string, options: ReadOptions): Promise<VariantsRead> {
  const read = await readMerged(path, options);
  if (!read.ok) return { ...read, rests: [] };
  const { written } = read;
  const findings = makeFindings(written.places);
  const variants = refuseTooMuch(written.table, await readMatrix(written.table, findings), findings);
  if (variants === 'too much') return { ok: false, mistakes: sortedMistakes(findings.mistakes), rests: [] };
  const reads: { label: string; read: BuildFileRead }[] = [];
  for (const variant of variants === undefined || variants.length === 0 ? [undefined] : variants) {
    reads.push({ label: variant?.label ?? '', read: await readVariant(written, variant, options) });
  }
  const wrong = reads.flatMap((one) => (one.read.ok ? [] : [{ label: one.label, mistakes: one.read.mistakes }]));
  const told = mistakesOfVariants(wrong, new Set(reads.map(({ label }) => label)).size);
  const ofMatrix = mistakesOfVariants([{ label: '', mistakes: findings.mistakes }], 1);
  const isBroken = ofMatrix.length > 0 || variants?.length === 0;
  const mistakes = [...ofMatrix, ...told.filter((mistake) => !isBroken || !isMissingVariable(mistake))];
  const buildFiles = reads.flatMap((one) => (one.read.ok ? [one.read.buildFile] : []));
  if (mistakes.length === 0 && buildFiles.length === reads.length) return { ok: true, buildFiles };
  const rests = reads.flatMap(({ read: one }) => restOf(one));
  return { ok: false, mistakes: sortedMistakes(mistakes), rests: isBroken ? [] : rests };
}

/** More jobs than this in one build file, and more in all images of one, were not meant: reading them would only block. */
const mostJobs = 10_000;
const mostJobsOfImages = 100_000;

function refuseTooMuch<T>(table: Table, variants: T, findings: Findings): T | 'too much' {
  const jobs = Array.isArray(table['job']) ? table['job'].length : 0;
  const images = Array.isArray(variants) ? Math.max(variants.length, 1) : 1;
  if (jobs <= mostJobs && jobs * images <= mostJobsOfImages) return variants;
  const what =
    jobs > mostJobs
      ? `this build file has ${jobs} jobs, but ${mostJobs} are the most`
      : `${images} images of ${jobs} jobs each are ${images * jobs} in all, but ${mostJobsOfImages} are the most`;
  const path = jobs > mostJobs ? ['job'] : ['matrix'];
  findings.add({ path, target: 'value', what, remedy: 'divide it into several builds' });
  return 'too much';
}

/** The same for what has no matrix; of a matrix the first variant. */
export async function readBuildFile(path: string, options: ReadOptions): Promise<BuildFileRead> {
  const read = await readVariants(path, options);
  if (!read.ok) return { ok: false, mistakes: read.mistakes, rest: read.rests[0] };
  const [buildFile] = read.buildFiles;
  if (buildFile === undefined) throw new Error('Internal error: a build file without variants');
  return { ok: true, buildFile };
}

function restOf(read: BuildFileRead): ReadableRest[] {
  if (read.ok) return [{ buildFile: read.buildFile, doubtful: { disks: [], artifacts: [] } }];
  return read.rest === undefined ? [] : [read.rest];
}
