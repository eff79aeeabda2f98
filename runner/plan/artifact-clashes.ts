// The images of a matrix lie side by side, so that no two of their artifacts may have the same name. Pure.
import type { Mistake } from '../build-file/build-file.ts';
import { whereOf } from '../build-file/where.ts';
import { quoted } from '../printable.ts';
import type { PlanDraft } from './plan-draft.ts';

/** `drafts`: all images of one build file. */
export function artifactClashes(drafts: readonly PlanDraft[]): Mistake[] {
  const makers = new Map<string, PlanDraft>();
  const told = new Set<string>();
  const mistakes: Mistake[] = [];
  for (const draft of drafts) {
    for (const { entry, step } of draft.steps) {
      for (const { name, at } of step.artifacts) {
        const maker = makers.get(name);
        if (maker === undefined) makers.set(name, draft);
        if (maker === undefined || maker === draft || told.has(name)) continue;
        told.add(name);
        mistakes.push({
          position: entry.position(at),
          where: whereOf(['job', entry.number - 1, ...at], entry.use),
          what: `${quoted(name)} would be made twice, by ${labelOf(maker)} and ${labelOf(draft)}, and only one of them could stay`,
          remedy: remedyOf(name, maker, draft),
        });
      }
    }
  }
  return mistakes;
}

function labelOf({ buildFile }: PlanDraft): string {
  return buildFile.variant?.label ?? buildFile.name;
}

/** Offers a variable that tells the two apart. */
function remedyOf(name: string, one: PlanDraft, other: PlanDraft): string {
  const values = other.buildFile.variant?.vars ?? new Map();
  const telling = [...(one.buildFile.variant?.vars ?? [])].find(([key, { value }]) => values.get(key)?.value !== value);
  const variable = telling === undefined ? 'variable' : telling[0];
  const dot = name.lastIndexOf('.');
  const [begin, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  return `put a variable of the matrix into the name, such as "${begin}-\${${variable}}${end}"`;
}
