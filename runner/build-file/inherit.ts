// Follows `extends`: reads the build files that one is made of, and merges them from the outermost parent to the file itself.
import { checker } from '../../jobs/lib/schema.ts';
import { quoted } from '../printable.ts';
import type { Mistake } from './build-file.ts';
import { buildReference, extendsSchema } from './build-reference.ts';
import { makeFindings } from './findings.ts';
import { findingsOf } from './issue-sentence.ts';
import type { Library } from './library.ts';
import { mergeFiles } from './merge-files.ts';
import { readWrittenFile, type WrittenFile, type WrittenFileRead } from './written-file.ts';

/** A file and the repository that it was found in. */
interface Owned {
  readonly written: WrittenFile;
  readonly repository: string;
}

/** More parents than this are no design but an accident. */
const mostParents = 16;

const checkExtends = checker(extendsSchema);

/** The file with everything that it inherits; without `extends` it stays what it is. */
export async function withParents(
  written: WrittenFile,
  repository: string,
  library: Library | undefined,
): Promise<WrittenFileRead> {
  const chain: Owned[] = [{ written, repository }];
  for (let child = chain[0]; child?.written.table['extends'] !== undefined; child = chain[0]) {
    const parent = await parentOf(child, chain, library);
    if (!parent.ok) return parent;
    chain.unshift(parent.owned);
  }
  const [first, ...others] = chain;
  if (first === undefined) throw new Error('Internal error: a chain of build files without any');
  const mistakes: Mistake[] = [];
  let merged = first.written;
  for (const { written: child } of others) merged = mergeFiles(merged, child, mistakes);
  const parents = chain.slice(0, -1).map(({ written: { file }, repository: of }) => ({ path: file, repository: of }));
  const whole = { ...merged, parents: parents.reverse() };
  return mistakes.length === 0 ? { ok: true, written: whole } : { ok: false, mistakes };
}

type ParentRead =
  | { readonly ok: true; readonly owned: Owned }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

async function parentOf(
  { written, repository }: Owned,
  chain: readonly Owned[],
  library: Library | undefined,
): Promise<ParentRead> {
  const findings = makeFindings(written.places);
  const refused = (what: string, remedy: string): ParentRead => {
    findings.add({ path: ['extends'], target: 'value', what, remedy });
    return { ok: false, mistakes: findings.mistakes };
  };
  const checked = checkExtends(written.table['extends']);
  if (!checked.ok) {
    for (const finding of findingsOf(checked.issues, extendsSchema, written.table['extends'])) {
      findings.add({ ...finding, path: ['extends', ...finding.path] });
    }
    return { ok: false, mistakes: findings.mistakes };
  }
  const reference = buildReference(checked.value);
  const from = { repository, arch: written.table['arch'] };
  const found = (await library?.find(reference, from)) ?? noLibrary;
  if (!found.ok) return refused(found.what, found.remedy);
  if (chain.some((known) => known.written.file === found.path)) {
    const way = chain.map(({ written: { table } }) => quoted(table['name']));
    const circle = [quoted(reference.name), ...way].reverse().join(' extends ');
    return refused(`this leads in a circle, because ${circle}`, 'leave one of them out');
  }
  if (chain.length > mostParents) {
    return refused(`more than ${mostParents} builds extend each other here`, 'write them in fewer files');
  }
  const read = await readWrittenFile(found.path);
  return read.ok ? { ok: true, owned: { written: read.written, repository: found.repository } } : read;
}

const noLibrary = {
  ok: false,
  what: 'there are no other builds to look among',
  remedy: 'register the folder with `vmb import`',
} as const;
