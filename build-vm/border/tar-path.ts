// Which paths and link targets of a hostile archive stay inside the folder that it is unpacked into. Pure.
import { refused } from './tar-parse.ts';

/** The path without `.`, empty parts and a slash at its end; empty for the top folder. @throws BorderError `tar-refused` */
export function checkPath(path: Buffer): Buffer {
  if (path[0] === 0x2f) throw refused('Its path is absolute.', path);
  const parts = partsOf(path);
  if (parts.includes('..')) throw refused('Its path contains "..".', path);
  return Buffer.from(parts.join('/'), 'latin1');
}

/**
 * A link may climb only at its beginning, and not above the top: what follows then passes through nothing but folders and links
 * that were checked themselves. A `..` after a name could climb from wherever a link of that name leads.
 * @throws BorderError `tar-refused`
 */
export function checkLinkTarget(path: Buffer, target: Buffer): void {
  const name = JSON.stringify(target.toString('utf8'));
  if (target.length === 0) throw refused('It is a symbolic link to nothing.', path);
  if (target[0] === 0x2f)
    throw refused(
      `It is a symbolic link to ${name}, which leads out of what is copied. Bring it out with tar-out, which does not unpack.`,
      path,
    );
  const parts = partsOf(target);
  const climbed = parts.findIndex((part) => part !== '..');
  const climbs = climbed === -1 ? parts.length : climbed;
  const depth = partsOf(path).length - 1;
  if (climbs > depth || parts.slice(climbs).includes('..')) {
    throw refused(
      `It is a symbolic link to ${name}, which leads out of what is copied, or may. Bring it out with tar-out, which does not unpack.`,
      path,
    );
  }
}

/** Bytes as latin1, so that any name survives. */
function partsOf(path: Buffer): string[] {
  return path
    .toString('latin1')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
}
