// Size and digest of a file, or of a folder with everything in it.
import { statSync } from 'node:fs';
import { digestFile, digestInTurns } from './file-bytes.ts';
import { scan } from './scan.ts';
import { treeContent } from './tar-entries.ts';

/** A folder's digest is that of its files, modes and names, whatever their times. @throws UnreadableInput */
export function digestPath(path: string): { kind: 'file' | 'folder'; sizeBytes: number; sha256: string } {
  if (!statSync(path).isDirectory()) return { kind: 'file', ...digestFile(path) };
  const how = { attributes: {}, vars: new Map(), epochSeconds: 0, at: [] };
  const { digest, sizeBytes } = treeContent(scan(path), '', how);
  return { kind: 'folder', sizeBytes, sha256: digest };
}

/** The same of what a signal must be able to end while it lasts; folders of artifacts are small. @throws the signal's reason */
export async function digestPathInTurns(path: string, signal: AbortSignal): Promise<ReturnType<typeof digestPath>> {
  if (statSync(path).isDirectory()) return digestPath(path);
  const { sizeBytes, hex } = await digestInTurns(path, signal);
  return { kind: 'file', sizeBytes, sha256: hex };
}
