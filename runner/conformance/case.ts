// What a case of the conformance kit is: a numbered promise of the border, and how it is tried.
import type { Bench } from './bench.ts';

export type Finding =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly because: string }
  /** What the VMM says of itself rules the case out; never a way to pass. */
  | { readonly kind: 'not-applicable'; readonly because: string };

export type Subject = 'adapter' | 'disks' | 'steps' | 'serial' | 'machine' | 'endings' | 'boot' | 'host';

export interface ConformanceCase {
  /** Stable: reports and `--only` name it. */
  readonly number: number;
  readonly name: string;
  /** What a VMM's port promises, one sentence. */
  readonly promise: string;
  readonly subject: Subject;
  /** Whatever it throws is a failure. */
  run(bench: Bench): Promise<Finding>;
}

/** Each problem is a sentence; none is a pass. */
export function verdict(problems: readonly (string | undefined)[]): Finding {
  const told = problems.filter((problem) => problem !== undefined);
  return told.length === 0 ? { kind: 'passed' } : { kind: 'failed', because: told.join(' ') };
}

export function notApplicable(because: string): Finding {
  return { kind: 'not-applicable', because };
}

/** A sentence when something was found that is not as promised. */
export function difference(what: string, expected: unknown, found: unknown): string | undefined {
  const [should, is] = [JSON.stringify(expected), JSON.stringify(found)];
  return should === is ? undefined : `${what}: ${shortened(is)}, and should be ${shortened(should)}.`;
}

const longest = 300;

export function shortened(text: string | undefined): string {
  if (text === undefined) return 'nothing';
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
