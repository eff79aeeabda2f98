// Lists a file or folder of the host in a fixed order, with the digest of every file: what copy-in brings in.
import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { digestFile } from './file-bytes.ts';

/** A file, folder or symbolic link; names are bytes, as Linux has them. */
export type ScannedEntry =
  | { readonly kind: 'folder'; readonly path: Buffer }
  | { readonly kind: 'link'; readonly path: Buffer; readonly target: Buffer }
  | {
      readonly kind: 'file';
      readonly path: Buffer;
      readonly hostPath: Buffer;
      readonly executable: boolean;
      readonly sizeBytes: number;
      /** As `unchangedChunks` takes it. */
      readonly digest: string;
    };

/** Something that cannot be brought in: a socket, a device, a file that cannot be read. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput';
}

/**
 * Entries of `hostPath`, parents before children, siblings by the bytes of their names. Paths are relative to it; its own is
 * empty. The top itself may be a symbolic link that the caller has resolved; links below it stay links.
 * @throws UnreadableInput
 */
export function scan(hostPath: string): ScannedEntry[] {
  const entries: ScannedEntry[] = [];
  visit(Buffer.from(hostPath), Buffer.alloc(0), entries);
  return entries;
}

function visit(hostPath: Buffer, path: Buffer, entries: ScannedEntry[]): void {
  const stats = readable(hostPath, () => lstatSync(hostPath));
  if (stats.isSymbolicLink()) {
    entries.push({ kind: 'link', path, target: readlinkSync(hostPath, { encoding: 'buffer' }) });
  } else if (stats.isDirectory()) {
    entries.push({ kind: 'folder', path });
    const names = readable(hostPath, () => readdirSync(hostPath, { encoding: 'buffer' })).sort(Buffer.compare);
    for (const name of names) visit(join(hostPath, name), path.length === 0 ? name : join(path, name), entries);
  } else if (stats.isFile()) {
    entries.push(fileEntry(hostPath, path, stats));
  } else {
    throw new UnreadableInput(`${hostPath.toString()} is a device, a socket or a pipe`);
  }
}

function fileEntry(hostPath: Buffer, path: Buffer, stats: Stats): ScannedEntry {
  const { sizeBytes, sha256 } = readable(hostPath, () => digestFile(hostPath));
  return { kind: 'file', path, hostPath, executable: (stats.mode & 0o111) !== 0, sizeBytes, digest: sha256 };
}

function readable<T>(hostPath: Buffer, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UnreadableInput(`${hostPath.toString()} cannot be read`, { cause: error });
  }
}

function join(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
}
