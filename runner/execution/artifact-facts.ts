// Sizes and digests of finished artifacts.
import type { ArtifactFact } from '../event.ts';
import { digestPath } from '../payload/digest-path.ts';

/** `path`: where the artifact lies now; `finalPath`: where the user finds it. */
export function artifactFact(name: string, path: string, finalPath: string): ArtifactFact {
  return { name, path: finalPath, ...digestPath(path) };
}
