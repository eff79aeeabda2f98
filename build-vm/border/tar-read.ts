// Unpacks a tar archive that a guest wrote into a folder of the host, believing nothing in it.
import { closeSync, fchmodSync, ftruncateSync, futimesSync } from 'node:fs';
import { BorderError } from './border-error.ts';
import { type ExactReader, exactReader } from './exact-reader.ts';
import { writeSparsely } from './sparse-file.ts';
import { paddingBytes, tarBlockBytes } from './tar-header.ts';
import { type ParsedHeader, type PaxValues, parseHeader, parsePax, refused } from './tar-parse.ts';
import { checkLinkTarget, checkPath } from './tar-path.ts';
import { makeFolder, makeHardLink, makeSymlink, openFile, type Tree, treeAt } from './tar-tree.ts';

const longestPaxBytes = 1024 * 1024;

export interface Extracted {
  /** Whether the archive held "./", which tells a packed folder, even of one file, from a packed file. */
  readonly isFolder: boolean;
}

/**
 * Files, folders, symbolic and hard links, with permission bits and files' times; owners and extended attributes are left out.
 * The folder must be empty, and nobody else may write to it.
 * @throws BorderError `tar-refused` for an absolute path, `..`, a link that leads out, a device, a second entry of the same name,
 * a damaged or cut archive; `tar-unwritable` when the host's filesystem refuses
 */
export async function extractTar(chunks: AsyncIterable<Uint8Array>, folder: string): Promise<Extracted> {
  const reader = exactReader(chunks);
  const tree = treeAt(folder);
  let isFolder = false;
  try {
    for (let pax: PaxValues = {}; ; ) {
      const block = await reader.take(tarBlockBytes);
      if (block.length < tarBlockBytes) throw refused('The archive is cut.');
      const header = parseHeader(block, pax);
      if (header === undefined) return { isFolder };
      pax = header.typeFlag === 'x' ? await readPax(reader, header) : {};
      if (header.typeFlag === 'x') continue;
      const path = checkPath(header.path);
      if (path.length === 0) isFolder = isTop(header);
      else await unpack(reader, header, path, tree);
    }
  } finally {
    await reader.close();
  }
}

async function readPax(reader: ExactReader, header: ParsedHeader): Promise<PaxValues> {
  if (header.sizeBytes > longestPaxBytes) throw refused('A pax header is longer than 1 MiB.');
  const content = await reader.take(header.sizeBytes + paddingBytes(header.sizeBytes));
  if (content.length < header.sizeBytes) throw refused('The archive is cut.');
  return parsePax(content.subarray(0, header.sizeBytes));
}

/** "./" is the folder itself; nothing else may have its name. */
function isTop(header: ParsedHeader): true {
  if (header.typeFlag !== '5' || header.sizeBytes !== 0) throw refused('It has no name.', header.path);
  return true;
}

async function unpack(reader: ExactReader, header: ParsedHeader, path: Buffer, tree: Tree): Promise<void> {
  try {
    await unpackAs(reader, header, path, tree);
  } catch (error) {
    if (error instanceof BorderError) throw error;
    const name = JSON.stringify(path.toString('utf8'));
    const because = error instanceof Error ? error.message : String(error);
    throw new BorderError('tar-unwritable', `${name} cannot be written to ${tree.folder.toString()}: ${because}`, {
      cause: error,
    });
  }
}

async function unpackAs(reader: ExactReader, header: ParsedHeader, path: Buffer, tree: Tree): Promise<void> {
  const { typeFlag, sizeBytes, target, mode } = header;
  const isFile = typeFlag === '0' || typeFlag === '\0';
  if (!isFile && sizeBytes !== 0) throw refused('It has content but is no file.', path);
  switch (typeFlag) {
    case '0':
    case '\0':
      return unpackFile(reader, header, path, tree);
    case '1':
      return makeHardLink(tree, path, checkPath(target));
    case '2':
      checkLinkTarget(path, target);
      return makeSymlink(tree, path, target);
    case '5':
      return makeFolder(tree, path, mode);
    case '3':
    case '4':
      throw refused('It is a device. Bring it out with tar-out, which does not unpack.', path);
    case '6':
      throw refused('It is a named pipe. Bring it out with tar-out, which does not unpack.', path);
    default:
      throw refused(`It has the unknown type ${JSON.stringify(typeFlag)}.`, path);
  }
}

async function unpackFile(reader: ExactReader, header: ParsedHeader, path: Buffer, tree: Tree): Promise<void> {
  const { sizeBytes, mode, mtimeSeconds } = header;
  const file = openFile(tree, path);
  try {
    let written = 0;
    for await (const chunk of reader.pass(sizeBytes)) {
      writeSparsely(file, chunk, written);
      written += chunk.length;
    }
    if (written < sizeBytes) {
      throw refused(`It should have ${sizeBytes} bytes, but the archive ends after ${written} of them.`, path);
    }
    ftruncateSync(file, sizeBytes);
    fchmodSync(file, mode & 0o777);
    futimesSync(file, mtimeSeconds, mtimeSeconds);
  } finally {
    closeSync(file);
  }
  const padding = paddingBytes(sizeBytes);
  if ((await reader.take(padding)).length < padding) throw refused('The archive is cut.', path);
}
