// Says in words where a byte of an artifact lies: in which volume of a disk, or in which member of an archive.
import { closeSync, openSync, readSync } from 'node:fs';
import { BorderError } from '../../build-vm/border/border-error.ts';
import { paddingBytes, tarBlockBytes } from '../../build-vm/border/tar-header.ts';
import { type PaxValues, parseHeader, parsePax } from '../../build-vm/border/tar-parse.ts';
import type { Disk } from '../../jobs/lib/disk.ts';

/** "in main:1 at its byte 4096 (byte 1052672 of the disk)" */
export function placeOnDisk(disk: Disk, offset: number): string {
  const partition = disk.partitions.find(
    ({ startBytes, sizeBytes }) => offset >= startBytes && offset < startBytes + sizeBytes,
  );
  if (partition !== undefined) {
    const inside = offset - partition.startBytes;
    return `in ${disk.name}:${partition.number} at its byte ${inside} (byte ${offset} of the disk)`;
  }
  const where = disk.label === undefined ? `in ${disk.name}` : `outside the partitions of ${disk.name}`;
  return `${where} at byte ${offset}`;
}

/** The same for any other file: archives are looked into, as far as they can be read. */
export function placeInFile(path: string, offset: number): string {
  const member = memberAt(path, offset);
  return member === undefined ? `at byte ${offset}` : `in its member ${member} (byte ${offset} of the archive)`;
}

const largestPaxBytes = 1024 * 1024;

function memberAt(path: string, offset: number): string | undefined {
  const file = openSync(path, 'r');
  try {
    let pax: PaxValues = {};
    for (let at = 0; ; ) {
      const begin = at;
      const header = parseHeader(read(file, at, tarBlockBytes), pax);
      if (header === undefined) return undefined;
      const { typeFlag, sizeBytes } = header;
      at += tarBlockBytes + sizeBytes + paddingBytes(sizeBytes);
      const isPax = typeFlag === 'x' && sizeBytes <= largestPaxBytes;
      pax = isPax ? parsePax(read(file, begin + tarBlockBytes, sizeBytes)) : {};
      // A pax header belongs to the member behind it, which says its name.
      if (offset < at && !isPax) return JSON.stringify(header.path.toString());
    }
  } catch (error) {
    if (error instanceof BorderError) return undefined;
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Zeros behind the end. */
function read(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, position);
  return bytes;
}
