// Tells whether a path leads out of a folder.
import { isAbsolute, relative, sep } from 'node:path';

/** Both absolute, without links on the way. */
export function isOutside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}
