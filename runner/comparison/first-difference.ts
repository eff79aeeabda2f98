// Finds the first difference between two files or folders of the host, without telling what it means.
import { fileChunks } from '../payload/file-bytes.ts';
import { type ScannedEntry, scan } from '../payload/scan.ts';

/** Offset of the first byte that two files do not share; undefined when they are equal. A shorter file differs where it ends. */
export function firstDifferentByte(one: Buffer | string, other: Buffer | string): number | undefined {
  const [left, right] = [fileChunks(one), fileChunks(other)];
  try {
    for (let offset = 0; ; ) {
      const [a, b] = [left.next(), right.next()];
      if (a.done === true && b.done === true) return undefined;
      const [first, second] = [a.done === true ? empty : a.value, b.done === true ? empty : b.value];
      const at = differenceIn(first, second);
      if (at !== undefined) return offset + at;
      offset += first.length;
    }
  } finally {
    left.return(undefined);
    right.return(undefined);
  }
}

const empty = new Uint8Array();

/** Chunks of the same place in both files: where lengths differ, a file ends. */
function differenceIn(first: Uint8Array, second: Uint8Array): number | undefined {
  if (Buffer.compare(first, second) === 0) return undefined;
  const length = Math.min(first.length, second.length);
  for (let at = 0; at < length; at += 1) if (first[at] !== second[at]) return at;
  return length;
}

/** "etc/motd: at byte 5", or what else is not the same in two folders; undefined when they are equal. */
export function firstDifferenceInFolders(one: string, other: string): string | undefined {
  const right = new Map(scan(other).map((entry) => [entry.path.toString('latin1'), entry]));
  for (const entry of scan(one)) {
    const key = entry.path.toString('latin1');
    const same = right.get(key);
    right.delete(key);
    const what = same === undefined ? 'is there only once' : differenceOf(entry, same);
    if (what !== undefined) return `${nameOf(entry)}: ${what}`;
  }
  const [extra] = right.values();
  return extra === undefined ? undefined : `${nameOf(extra)}: is there only once`;
}

function differenceOf(one: ScannedEntry, other: ScannedEntry): string | undefined {
  if (one.kind !== other.kind) return `is a ${one.kind}, and a ${other.kind}`;
  if (one.kind === 'link' && other.kind === 'link') {
    return one.target.equals(other.target) ? undefined : 'leads elsewhere';
  }
  if (one.kind !== 'file' || other.kind !== 'file') return undefined;
  if (one.executable !== other.executable) return 'is executable only once';
  const at = one.digest === other.digest ? undefined : firstDifferentByte(one.hostPath, other.hostPath);
  return at === undefined ? undefined : `at byte ${at}`;
}

function nameOf({ path }: ScannedEntry): string {
  return path.length === 0 ? '.' : path.toString();
}
