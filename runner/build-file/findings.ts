// Collects everything that is wrong with one build file, each at its place in the text that holds the value.
import type { Mistake, Position } from './build-file.ts';
import type { Finding } from './issue-sentence.ts';
import { nearestNode, type Place, type PlaceNode } from './places.ts';
import { whereOf } from './where.ts';

export interface Findings {
  readonly mistakes: Mistake[];
  /** Adds a finding whose path begins at the file's top; `use` names the job that it lies in. */
  add(finding: Finding, use?: string): void;
  position(path: readonly (string | number)[], target?: Finding['target']): Position;
}

export function makeFindings(places: PlaceNode): Findings {
  const mistakes: Mistake[] = [];
  const position: Findings['position'] = (path, target = 'value') => {
    const { node, found } = nearestNode(places, path);
    return positionAt(node.file, found ? node[target] : node.value);
  };
  return {
    mistakes,
    position,
    add({ path, target, what, remedy }, use) {
      // An unknown key is told by its sentence; the table around it is where it stands.
      const where = whereOf(target === 'key' ? path.slice(0, -1) : path, use);
      mistakes.push({ position: position(path, target), where, what, remedy });
    },
  };
}

export function positionAt(file: string, place: Place): Position {
  return { file, line: place.line, column: place.column };
}
