// Chooses images of a matrix by `--only flavour=small` or `--only small`, the name of a file of variables.
import { didYouMean } from '../build-file/did-you-mean.ts';
import type { PlanDraft } from '../plan/plan-draft.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import type { OptionDefinition } from './command.ts';

export const onlyOption: OptionDefinition = {
  flags: '--only <variant>',
  summary: 'of a matrix the images with variable=value, or of that file; all by default',
  repeatable: true,
};

/** For one variable any of the values given will do, of several variables all must fit. @throws RunnerError `usage` */
export function chooseVariants(drafts: readonly PlanDraft[], only: readonly string[]): readonly PlanDraft[] {
  if (only.length === 0) return drafts;
  const variants = drafts.flatMap(({ buildFile }) => buildFile.variant ?? []);
  const labels = variants.map(({ label }) => label);
  if (labels.length === 0) throw usage('--only: this build has no matrix; leave the option out.');
  const known = variants.flatMap(({ file, vars }) => [
    ...(file === undefined ? [] : [file]),
    ...[...vars].map(([name, { value }]) => `${name}=${value}`),
  ]);
  const wanted = new Map<string, Set<string>>();
  for (const text of only) {
    if (!known.includes(text)) {
      const choice = [...new Set(labels)].map((label) => `\n  ${label}`).join('');
      throw usage(`--only: no image has ${quoted(text)}${didYouMean(text, known)}; there is:${choice}`);
    }
    const key = text.includes('=') ? text.slice(0, text.indexOf('=')) : '';
    wanted.set(key, (wanted.get(key) ?? new Set()).add(text));
  }
  const chosen = drafts.filter(({ buildFile: { variant } }) =>
    [...wanted].every(([key, texts]) => {
      const own = key === '' ? variant?.file : `${key}=${variant?.vars.get(key)?.value}`;
      return own !== undefined && texts.has(own);
    }),
  );
  if (chosen.length > 0) return chosen;
  throw usage(`--only: no image fits all of ${only.map(quoted).join(', ')}; leave one of them out.`);
}

function usage(message: string): RunnerError {
  return new RunnerError('usage', message);
}
