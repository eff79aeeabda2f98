// Sizes and digests of finished artifacts.
import { stat } from 'node:fs/promises';
import type { ArtifactFact } from '../event.ts';
import { digestFile } from '../payload/file-bytes.ts';
import { scan } from '../payload/scan.ts';
import { treeContent } from '../payload/tar-entries.ts';

/** `path`: where the artifact lies now; `finalPath`: where the user finds it. */
export async function artifactFact(
  name: string,
  path: string,
  finalPath: string,
  epochSeconds: number,
): Promise<ArtifactFact> {
  if (!(await stat(path)).isDirectory()) {
    return { name, path: finalPath, kind: 'file', ...digestFile(path) };
  }
  const how = { attributes: {}, vars: new Map(), epochSeconds, at: [] };
  const { digest, sizeBytes } = treeContent(scan(path), '', how);
  return { name, path: finalPath, kind: 'folder', sizeBytes, sha256: digest };
}
