// Unpacks a tar archive that a guest wrote into a folder of the host, believing nothing in it.
import { chmod, type FileHandle, link, lstat, mkdir, open, symlink } from 'node:fs/promises';
import { BorderError } from './border-error.ts';
import { type ExactReader, exactReader } from './exact-reader.ts';
import { writeSparsely } from './sparse-file.ts';
import { paddingBytes, tarBlockBytes } from './tar-header.ts';
import { type ParsedHeader, type PaxValues, parseHeader, parsePax, refused } from './tar-parse.ts';
import { checkLinkTarget, checkPath } from './tar-path.ts';

const longestPaxBytes = 1024 * 1024;

/**
 * Files, folders, symbolic and hard links, with permission bits and files' times. The folder must be empty and nobody else may write to it:
 * then no link can be there that this archive did not make. Owners and extended attributes are left out.
 * @throws BorderError `tar-refused` for an absolute path, `..`, a link that leads out, a device, a second entry of the same name,
 * a damaged or cut archive; `tar-unwritable` when the host's filesystem refuses
 */
export async function extractTar(chunks: AsyncIterable<Uint8Array>, folder: string): Promise<Extracted> {
  const reader = exactReader(chunks);
  const tree: Tree = { folder: Buffer.from(folder), checked: '', hasTop: false };
  try {
    for (let pax: PaxValues = {}; ; ) {
      const block = await reader.take(tarBlockBytes);
      if (block.length < tarBlockBytes) throw refused('The archive is cut.');
      const header = parseHeader(block, pax);
      if (header === undefined) return { isFolder: tree.hasTop };
      pax = header.typeFlag === 'x' ? await readPax(reader, header) : {};
      if (header.typeFlag !== 'x') await unpack(reader, header, tree);
    }
  } finally {
    await reader.close();
  }
}

export interface Extracted {
  /** Whether the archive held "./", which tells a packed folder, even of one file, from a packed file. */
  readonly isFolder: boolean;
}

interface Tree {
  readonly folder: Buffer;
  /** A folder, as latin1, whose every part was seen to be a real folder: entries of one folder come one after the other. */
  checked: string;
  hasTop: boolean;
}

async function readPax(reader: ExactReader, header: ParsedHeader): Promise<PaxValues> {
  if (header.sizeBytes > longestPaxBytes) throw refused('A pax header is longer than 1 MiB.');
  const content = await reader.take(header.sizeBytes + paddingBytes(header.sizeBytes));
  if (content.length < header.sizeBytes) throw refused('The archive is cut.');
  return parsePax(content.subarray(0, header.sizeBytes));
}

async function unpack(reader: ExactReader, header: ParsedHeader, tree: Tree): Promise<void> {
  const path = checkPath(header.path);
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
  const { typeFlag, sizeBytes } = header;
  const isFile = typeFlag === '0' || typeFlag === '\0';
  if (!isFile && sizeBytes !== 0) throw refused('It has content but is no file.', path);
  if (path.length === 0) {
    if (typeFlag === '5') {
      tree.hasTop = true;
      return;
    }
    throw refused('It has no name.', path);
  }
  await checkParents(tree, path);
  switch (typeFlag) {
    case '0':
    case '\0':
      return makeFile(reader, header, path, tree);
    case '1':
      return makeHardLink(header, path, tree);
    case '2':
      checkLinkTarget(path, header.target);
      return refuseExisting(path, symlink(header.target, inside(tree, path)));
    case '5':
      return makeFolder(inside(tree, path), header.mode, path);
    case '3':
    case '4':
      throw refused('It is a device. Bring it out with tar-out, which does not unpack.', path);
    case '6':
      throw refused('It is a named pipe. Bring it out with tar-out, which does not unpack.', path);
    default:
      throw refused(`It has the unknown type ${JSON.stringify(typeFlag)}.`, path);
  }
}

async function makeFile(reader: ExactReader, header: ParsedHeader, path: Buffer, tree: Tree): Promise<void> {
  const { sizeBytes, mode, mtimeSeconds } = header;
  const file = await refuseExisting(path, open(inside(tree, path), 'wx', 0o600));
  try {
    await writeContent(reader, file, sizeBytes, path);
    await file.chmod(mode & 0o777);
    await file.utimes(mtimeSeconds, mtimeSeconds);
  } finally {
    await file.close();
  }
  const padding = paddingBytes(sizeBytes);
  if ((await reader.take(padding)).length < padding) throw refused('The archive is cut.', path);
}

async function writeContent(reader: ExactReader, file: FileHandle, sizeBytes: number, path: Buffer): Promise<void> {
  let written = 0;
  for await (const chunk of reader.pass(sizeBytes)) {
    await writeSparsely(file, chunk, written);
    written += chunk.length;
  }
  if (written < sizeBytes)
    throw refused(`It should have ${sizeBytes} bytes, but the archive ends after ${written} of them.`, path);
  await file.truncate(sizeBytes);
}

/** Only to a file of this archive: a second name of a symbolic link in another folder would lead elsewhere. */
async function makeHardLink(header: ParsedHeader, path: Buffer, tree: Tree): Promise<void> {
  const target = checkPath(header.target);
  await checkParents(tree, target);
  const facts = await lstat(inside(tree, target)).catch(() => undefined);
  if (facts?.isFile() !== true) {
    throw refused(
      `It is a hard link to ${JSON.stringify(target.toString('utf8'))}, which is no file that came before it.`,
      path,
    );
  }
  await refuseExisting(path, link(inside(tree, target), inside(tree, path)));
}

/** The owner may always write to it and look into it, so that it can be filled and removed. */
async function makeFolder(place: Buffer, mode: number, path: Buffer): Promise<void> {
  const permissions = (mode & 0o777) | 0o700;
  try {
    await mkdir(place);
  } catch (error) {
    if (!(await isFolder(place))) throw errorCode(error) === 'EEXIST' ? taken(path) : error;
  }
  await chmod(place, permissions);
}

/** Every folder on the way to an entry is a real one, never a link; those that are missing are made. */
async function checkParents(tree: Tree, path: Buffer): Promise<void> {
  const end = path.lastIndexOf(0x2f);
  const parent = end === -1 ? Buffer.alloc(0) : path.subarray(0, end);
  if (parent.toString('latin1') === tree.checked) return;
  for (let slash = path.indexOf(0x2f); slash !== -1; slash = path.indexOf(0x2f, slash + 1)) {
    const part = path.subarray(0, slash);
    const place = inside(tree, part);
    const facts = await lstat(place).catch(() => undefined);
    if (facts === undefined) await mkdir(place, 0o755);
    else if (!facts.isDirectory()) {
      throw refused(`It lies below ${JSON.stringify(part.toString('utf8'))}, which is no folder.`, path);
    }
  }
  tree.checked = parent.toString('latin1');
}

async function isFolder(place: Buffer): Promise<boolean> {
  return (await lstat(place).catch(() => undefined))?.isDirectory() === true;
}

function inside(tree: Tree, path: Buffer): Buffer {
  return Buffer.concat([tree.folder, Buffer.from('/'), path]);
}

async function refuseExisting<T>(path: Buffer, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw errorCode(error) === 'EEXIST' ? taken(path) : error;
  }
}

function taken(path: Buffer): BorderError {
  return refused('There is already an entry with this name.', path);
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
