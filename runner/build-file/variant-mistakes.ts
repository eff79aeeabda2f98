// Tells the mistakes of a build file's variants together: what all have in common once, the others with the variant's name.
import type { Mistake } from './build-file.ts';

/** `count`: how many variants there are; those without mistakes need not be in the list. */
export function mistakesOfVariants(
  variants: readonly { readonly label: string; readonly mistakes: readonly Mistake[] }[],
  count: number,
): Mistake[] {
  const told = new Map<string, { readonly mistake: Mistake; readonly labels: string[] }>();
  for (const { label, mistakes } of variants) {
    for (const mistake of mistakes) {
      const key = JSON.stringify(mistake);
      const known = told.get(key);
      if (known === undefined) told.set(key, { mistake, labels: [label] });
      else if (!known.labels.includes(label)) known.labels.push(label);
    }
  }
  return [...told.values()].map(({ mistake, labels }) => {
    if (labels.length === count) return mistake;
    const which = `(in ${labels.join(' and ')})`;
    return { ...mistake, where: mistake.where === '' ? which : `${mistake.where} ${which}` };
  });
}
