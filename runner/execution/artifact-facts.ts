// Sizes and digests of finished artifacts.
import type { ArtifactFact } from '../event.ts';
import { digestPathInTurns } from '../payload/digest-path.ts';

/** `path`: where the artifact lies now; `finalPath`: where the user finds it. */
export async function artifactFact(
  name: string,
  path: string,
  finalPath: string,
  signal: AbortSignal,
): Promise<ArtifactFact> {
  return { name, path: finalPath, ...(await digestPathInTurns(path, signal)) };
}
