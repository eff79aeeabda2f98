// Says what goes wrong with files on the host in the words of somebody who wants a disk.
import { AdapterError } from './adapter-error.ts';

/** Runs an action on the file at `path`. @throws AdapterError for a full filesystem and for one that takes no large files */
export async function explained<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new AdapterError('disk-full', fullMessage(path), { cause: error });
    if (code === 'EFBIG') throw new AdapterError('disk-unsupported', tooLargeMessage(path), { cause: error });
    throw error;
  }
}

/** `host`: the machine that the file lies on, when it is another one. */
export function fullMessage(path: string, host?: string): string {
  if (host !== undefined) return `${host}: the filesystem that ${path} lies on is full. Free some space there.`;
  return `${path}: the filesystem that this file lies on is full. Free some space, or set VMB_HOME to a folder on a larger one.`;
}

function tooLargeMessage(path: string): string {
  return `${path}: the filesystem that this file lies on takes no file as large as the disk. Make the disk smaller, or set VMB_HOME to a folder on another filesystem.`;
}

/** `code` of an error of node:fs. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
