// An option that names bytes for a host action: a source, or a place in a volume.
import type { HostInput, OptionPath, World } from './job.ts';
import { parseSource } from './source.ts';

/** What tells a place from a source: a disk's name, perhaps a number, and a path that begins with a slash. */
const looksLikePlace = /^[^:]+(:[0-9]+)?:\//;

/** @throws JobMistake */
export function hostInput(
  world: World,
  text: string,
  at: OptionPath,
): Extract<HostInput, { kind: 'place' | 'source' }> {
  if (looksLikePlace.test(text)) return { kind: 'place', ...world.place(text, at) };
  return { kind: 'source', source: parseSource(text), at };
}
