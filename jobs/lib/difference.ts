// How two listed things differ: found, and told as text and as JSON. Pure.
import { harmless } from './harmless.ts';
import type { Listed, ListedEntry, ListedVolume } from './listed.ts';

/** One thing that is not the same. `one` and `other` are what each has; undefined where it has nothing. */
export interface Difference {
  /** Partition number, 0 for a whole disk, a folder or a file; undefined for the partition table. */
  readonly volume?: number;
  /** From the top of the volume, with a slash in front; undefined for the volume itself, and for a file of the host. */
  readonly path?: string;
  readonly what: 'table' | 'volume' | 'filesystem' | 'entry' | 'bytes' | Property;
  readonly one: string | undefined;
  readonly other: string | undefined;
}

type Property = 'type' | 'content' | 'mode' | 'owner' | 'xattr' | 'target' | 'device';

/** In the order of the table, then volumes by number, then paths by code unit. */
export function differencesOf(one: Listed, other: Listed): Difference[] {
  if (one.kind !== other.kind) return [{ what: 'type', one: one.kind, other: other.kind }];
  return [...lineDifferences('table', one.table, other.table), ...volumeDifferences(one, other)];
}

function volumeDifferences(one: Listed, other: Listed): Difference[] {
  const numbers = [...new Set([...one.volumes.keys(), ...other.volumes.keys()])].sort((a, b) => a - b);
  return numbers.flatMap((volume): Difference[] => {
    const [left, right] = [one.volumes.get(volume), other.volumes.get(volume)];
    if (left === undefined || right === undefined) {
      return [{ volume, what: 'volume', one: left && 'is there', other: right && 'is there' }];
    }
    const found = differencesInVolume(left, right);
    return found.map(({ path, ...rest }) => ({
      volume,
      ...(path === undefined || one.kind === 'file' ? {} : { path }),
      ...rest,
    }));
  });
}

function differencesInVolume(one: ListedVolume, other: ListedVolume): Difference[] {
  const found = lineDifferences('filesystem', one.facts, other.facts);
  // Where only one could be mounted, a list of all its files would say nothing.
  if ((one.sha256 === undefined) !== (other.sha256 === undefined)) {
    found.push({ what: 'bytes', one: readText(one), other: readText(other) });
    return found;
  }
  if (one.sha256 !== other.sha256) found.push({ what: 'bytes', one: readText(one), other: readText(other) });
  const paths = [...new Set([...one.entries.keys(), ...other.entries.keys()])].sort();
  for (const key of paths) {
    const [left, right] = [one.entries.get(key), other.entries.get(key)];
    const path = `/${Buffer.from(key, 'latin1').toString()}`;
    if (left === undefined || right === undefined)
      found.push({ path, what: 'entry', one: left?.type, other: right?.type });
    else found.push(...entryDifferences(left, right).map((difference) => ({ path, ...difference })));
  }
  return found;
}

/** Lines that only one of them has, paired in their order. */
function lineDifferences(what: Difference['what'], one: readonly string[], other: readonly string[]): Difference[] {
  const [inOne, inOther] = [new Set(one), new Set(other)];
  const left = one.filter((line) => !inOther.has(line));
  const right = other.filter((line) => !inOne.has(line));
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => ({
    what,
    one: left[index],
    other: right[index],
  }));
}

function entryDifferences(one: ListedEntry, other: ListedEntry): Difference[] {
  if (one.type !== other.type) return [{ what: 'type', one: one.type, other: other.type }];
  const found: Difference[] = [];
  const compare = (what: Property, left: string | undefined, right: string | undefined) => {
    if (left !== right) found.push({ what, one: left, other: right });
  };
  if (one.sha256 !== other.sha256) compare('content', contentText(one), contentText(other));
  compare('mode', one.mode, other.mode);
  compare('owner', one.owner, other.owner);
  compare('target', one.target, other.target);
  compare('device', one.device, other.device);
  const names = [...new Set([...(one.xattrs?.keys() ?? []), ...(other.xattrs?.keys() ?? [])])].sort();
  for (const name of names) compare('xattr', xattrText(one, name), xattrText(other, name));
  return found;
}

function contentText({ sizeBytes, sha256 }: ListedEntry): string {
  return `${sizeBytes} bytes, sha256 ${sha256}`;
}

function xattrText({ xattrs }: ListedEntry, name: string): string | undefined {
  const value = xattrs?.get(name);
  return value === undefined ? undefined : `${name}=0x${value.length > 64 ? `${value.slice(0, 64)}…` : value}`;
}

function readText({ sha256 }: ListedVolume): string {
  return sha256 === undefined ? 'a filesystem that could be mounted' : `sha256 ${sha256}`;
}

/** One line for each: "1:/etc/motd: mode: 644, and 755". Digests are shortened, and no name begins another line. */
export function differenceLines(differences: readonly Difference[]): string[] {
  return differences.map((difference) => {
    const { what, one, other } = difference;
    const where = [placeText(difference), what === 'entry' || what === 'volume' ? '' : what];
    const line = [...where, bothText(one, other)].filter((part) => part !== '').join(': ');
    return harmless(line).replace(/\bsha256 ([0-9a-f]{16})[0-9a-f]{48}\b/g, 'sha256 $1…');
  });
}

function placeText({ volume, path, what }: Difference): string {
  if (what === 'table') return '';
  if (volume === undefined) return '';
  if (path === undefined) return volume === 0 ? '' : `volume ${volume}`;
  return volume === 0 ? path : `${volume}:${path}`;
}

function bothText(one: string | undefined, other: string | undefined): string {
  if (one === undefined) return `only in the second (${other})`;
  if (other === undefined) return `only in the first (${one})`;
  if (one === other) return one;
  return `${one}, and ${other}`;
}
