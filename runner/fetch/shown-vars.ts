// The variables of a build as records and plans show them: what stands in the secret part of an address is left out.
import type { Plan } from '../plan/plan.ts';

/** Shorter ones are part of anything. */
const shortestSecret = 4;

export function shownVars({ buildFile, steps }: Pick<Plan, 'buildFile' | 'steps'>): Record<string, string> {
  const secrets = steps.flatMap((step) =>
    step.kind === 'fetch' && step.wish.kind === 'file' ? step.wish.urls.flatMap(secretParts) : [],
  );
  const isPart = (value: string) => secrets.some((part) => part.includes(value));
  const isSecret = (value: string) => value.length >= shortestSecret && (isPart(value) || isPart(decoded(value)));
  return Object.fromEntries([...buildFile.vars].map(([name, value]) => [name, isSecret(value) ? '…' : value]));
}

type Urls = Extract<Extract<Plan['steps'][number], { kind: 'fetch' }>['wish'], { kind: 'file' }>['urls'];

/** What of an address nobody is shown, as it stands and decoded. */
function secretParts(url: Urls[number]): string[] {
  if (url.kind !== 'http') return [];
  const { search, searchParams } = new URL(url.href);
  return [search, ...searchParams.values(), ...searchParams.keys(), url.credentials ?? ''];
}

/** Users and passwords are known decoded, whatever the address says. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
