// Asks the host's apt which packages a list of packages needs, as if for an empty system, and what exactly they are.
import type { FetchPlan } from '../../jobs/lib/fetch-plan.ts';
import type { LockedPackage } from './build-lock.ts';
import { FetchError } from './fetch-error.ts';
import type { Trusted } from './trusted.ts';
import { type AptFacts, withApt } from './with-apt.ts';

/** @throws FetchError in apt's words */
export function lockPackages(
  key: string,
  { names, essential, recommends }: Extract<FetchPlan, { kind: 'packages' }>,
  debianArch: string,
  facts: AptFacts,
): Promise<Trusted> {
  return withApt(debianArch, facts, async ({ apt }) => {
    const patterns = [...(essential ? ['?essential'] : []), ...names];
    const resolved = await apt.resolve(patterns, recommends);
    if (resolved.length === 0) throw new FetchError('no-package', 'apt-get would install nothing for it');
    const offered = await apt.show(resolved.map(({ name }) => name).sort());
    const list = resolved.map(({ name, version }): LockedPackage => {
      const same = offered.find((one) => one.name === name && one.version === version);
      if (same === undefined)
        throw new FetchError('no-package', `apt would install ${name} ${version}, but does not have it`);
      const { architecture: arch, sizeBytes, sha256, poolPath } = same;
      return { name, version, arch, sizeBytes, sha256, poolPath };
    });
    list.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { kind: 'packages', key, list, modifiedSeconds: await apt.newestRelease() };
  });
}
