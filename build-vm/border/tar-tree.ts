// The folder that an archive is unpacked into: files, folders and links are made below it, and nothing is ever followed out of it.
// Synchronous: thousands of small calls on a local filesystem take less time than waiting for each would.
import { chmodSync, linkSync, lstatSync, mkdirSync, openSync, type Stats, symlinkSync } from 'node:fs';
import type { BorderError } from './border-error.ts';
import { refused } from './tar-parse.ts';

export interface Tree {
  readonly folder: Buffer;
  /** A folder, as latin1, whose every part was seen to be a real folder: entries of one folder come one after the other. */
  checked: string;
}

/** The folder must be empty, and nobody else may write to it: then no link can be there that the archive did not make. */
export function treeAt(folder: string): Tree {
  return { folder: Buffer.from(folder), checked: '' };
}

/** A new file, open for writing. Never an existing one, never through a link. */
export function openFile(tree: Tree, path: Buffer): number {
  checkParents(tree, path);
  return refuseExisting(path, () => openSync(inside(tree, path), 'wx', 0o600));
}

/** The target has been checked. */
export function makeSymlink(tree: Tree, path: Buffer, target: Buffer): void {
  checkParents(tree, path);
  refuseExisting(path, () => symlinkSync(target, inside(tree, path)));
}

/** Only to a file of this archive: a second name of a symbolic link in another folder would lead elsewhere. */
export function makeHardLink(tree: Tree, path: Buffer, target: Buffer): void {
  checkParents(tree, target);
  if (factsOf(inside(tree, target))?.isFile() !== true) {
    const name = JSON.stringify(target.toString('utf8'));
    throw refused(`It is a hard link to ${name}, which is no file that came before it.`, path);
  }
  checkParents(tree, path);
  refuseExisting(path, () => linkSync(inside(tree, target), inside(tree, path)));
}

/** The owner may always write to it and look into it, so that it can be filled and removed. */
export function makeFolder(tree: Tree, path: Buffer, mode: number): void {
  checkParents(tree, path);
  const place = inside(tree, path);
  const facts = factsOf(place);
  if (facts === undefined) mkdirSync(place);
  else if (!facts.isDirectory()) throw taken(path);
  chmodSync(place, (mode & 0o777) | 0o700);
}

/** Every folder on the way to an entry is a real one, never a link; those that are missing are made. */
function checkParents(tree: Tree, path: Buffer): void {
  const end = path.lastIndexOf(0x2f);
  const parent = end === -1 ? '' : path.toString('latin1', 0, end);
  if (parent === tree.checked) return;
  for (let slash = path.indexOf(0x2f); slash !== -1; slash = path.indexOf(0x2f, slash + 1)) {
    const part = path.subarray(0, slash);
    const place = inside(tree, part);
    const facts = factsOf(place);
    if (facts === undefined) mkdirSync(place, 0o755);
    else if (!facts.isDirectory()) {
      throw refused(`It lies below ${JSON.stringify(part.toString('utf8'))}, which is no folder.`, path);
    }
  }
  tree.checked = parent;
}

function factsOf(place: Buffer): Stats | undefined {
  return lstatSync(place, { throwIfNoEntry: false });
}

function inside(tree: Tree, path: Buffer): Buffer {
  return Buffer.concat([tree.folder, Buffer.from('/'), path]);
}

function refuseExisting<T>(path: Buffer, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof Error && 'code' in error && error.code === 'EEXIST' ? taken(path) : error;
  }
}

function taken(path: Buffer): BorderError {
  return refused('There is already an entry with this name.', path);
}
