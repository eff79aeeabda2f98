// The library of registered repositories: finds the build that a build file names.
import type { BuildReference } from '../build-file/build-reference.ts';
import { type Choice, chooseHead, describeHead } from '../build-file/choose-head.ts';
import { didYouMean } from '../build-file/did-you-mean.ts';
import { type BuildFileHead, findBuildFiles, readHead } from '../build-file/find-build-files.ts';
import type { FoundBuild, Library } from '../build-file/library.ts';
import { quoted } from '../printable.ts';
import type { Repository } from './repositories.ts';

/** `repositories`: those that are registered, and with another folder the one that is about to be. */
export function registeredBuilds(repositories: readonly Repository[]): Library {
  return {
    async find(reference, from) {
      const wanted = reference.repository ?? from.repository;
      const repository = repositories.find(({ name }) => name === wanted);
      if (repository === undefined) return noRepository(wanted, repositories);
      const paths = await findBuildFiles(repository.folder).catch(() => undefined);
      if (paths === undefined) {
        return {
          ok: false,
          what: `the folder of the repository ${quoted(wanted)} cannot be read`,
          remedy: `bring ${repository.folder} back, or register another one with \`vmb import\``,
        };
      }
      const heads = await Promise.all(paths.map(readHead));
      let choice = chooseHead(heads, reference);
      if (choice.kind === 'several' && typeof from.arch === 'string') {
        const alike = chooseHead(choice.heads, { ...reference, arch: from.arch });
        if (alike.kind !== 'none') choice = alike;
      }
      return found(choice, reference, wanted);
    },
  };
}

function found(choice: Choice, reference: BuildReference, repository: string): FoundBuild {
  switch (choice.kind) {
    case 'one':
      return { ok: true, repository, path: choice.head.path };
    case 'none': {
      const { key, value, known, among } = choice;
      const word = { name: 'build', arch: 'architecture', version: 'version' }[key];
      const of = key === 'name' ? '' : ` of ${quoted(reference.name)}`;
      return {
        ok: false,
        what: `the repository ${quoted(repository)} has no ${word} ${quoted(value)}${of}${didYouMean(value, known)}`,
        remedy: `${known.length === 0 ? 'write it first' : `use one of: ${known.join(', ')}`}${unreadable(among)}`,
      };
    }
    case 'several':
      return {
        ok: false,
        what: `several builds fit: ${choice.heads.map(describeHead).sort().join(', ')}`,
        remedy: `say which one: { name = ${quoted(reference.name)}, version = "…", arch = "…" }`,
      };
  }
}

function unreadable(heads: readonly BuildFileHead[]): string {
  const paths = heads.filter(({ name }) => name === undefined).map(({ path }) => path);
  return paths.length === 0 ? '' : `, or mend what has no name that can be read: ${paths.join(', ')}`;
}

function noRepository(name: string, repositories: readonly Repository[]): FoundBuild {
  const names = repositories.map((repository) => repository.name);
  return {
    ok: false,
    what: `there is no repository ${quoted(name)}${didYouMean(name, names)}`,
    remedy: `use one of: ${names.join(', ')}, or register a folder with \`vmb import\``,
  };
}
