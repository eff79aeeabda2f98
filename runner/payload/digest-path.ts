// Size and digest of a file, or of a folder with everything in it.
import { statSync } from 'node:fs';
import { digestFile } from './file-bytes.ts';
import { scan } from './scan.ts';
import { treeContent } from './tar-entries.ts';

/** A folder's digest is that of its files, modes and names, whatever their times. @throws UnreadableInput */
export function digestPath(path: string): { kind: 'file' | 'folder'; sizeBytes: number; sha256: string } {
  if (!statSync(path).isDirectory()) return { kind: 'file', ...digestFile(path) };
  const how = { attributes: {}, vars: new Map(), epochSeconds: 0, at: [] };
  const { digest, sizeBytes } = treeContent(scan(path), '', how);
  return { kind: 'folder', sizeBytes, sha256: digest };
}
