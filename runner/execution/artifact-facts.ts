// Sizes and digests of finished artifacts.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { writeTar } from '../../build-vm/border/tar-write.ts';
import type { ArtifactFact } from '../event.ts';
import { digestFile } from '../payload/file-bytes.ts';
import { scan } from '../payload/scan.ts';
import { tarEntries } from '../payload/tar-entries.ts';

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
  const entries = tarEntries(scan(path), '', {}, { vars: new Map(), epochSeconds });
  const hash = createHash('sha256');
  for await (const chunk of writeTar(entries)) hash.update(chunk);
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  return { name, path: finalPath, kind: 'folder', sizeBytes, sha256: hash.digest('hex') };
}
