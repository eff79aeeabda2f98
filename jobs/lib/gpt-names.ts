// Names of GPT partitions with characters beyond U+FFFF: libfdisk drops these whole, so that they are written into its table afterwards.
import type { Disk, Partition } from './disk.ts';
import { gptCopyBytes } from './partition-table.ts';
import { lines, type Script, sh } from './shell.ts';
import { sectorBytes } from './size.ts';

// UEFI 2.10, 5.3: where the header has its own checksum, the place and the checksum of its entries; and an entry its name.
const header = { bytes: 92, checksumAt: 16, entriesChecksumAt: 88 };
const entry = { bytes: 128, count: 128, nameAt: 56, nameBytes: 72 };

/** Whether sfdisk can write a name. */
export function isWide(name: string): boolean {
  return /[\u{10000}-\u{10ffff}]/u.test(name);
}

/** Gives those partitions that need it their names, in the table of the device or file and in its copy at the end. */
export function wideNames(
  device: string,
  disk: Pick<Disk, 'sizeBytes'>,
  partitions: readonly Partition[],
): Script | undefined {
  const wide = partitions.filter(({ name }) => isWide(name));
  if (wide.length === 0) return undefined;
  return sh`
    put() {
      dd of=${device} bs=1 seek="$1" conv=notrunc status=none
    }
    # The checksum of gzip is that of a GPT, and lies in its last bytes in the same order.
    checksum() {
      dd if=${device} bs=1M skip="$1" count="$2" iflag=skip_bytes,count_bytes,fullblock status=none | gzip -1 -c | tail -c 8 | head -c 4
    }
    ${tablesOf(disk).map(({ headerAt, entriesAt }) =>
      lines(
        ...wide.map((partition) => nameWritten(partition, entriesAt)),
        sh`
          checksum ${entriesAt} ${entry.bytes * entry.count} | put ${headerAt + header.entriesChecksumAt}
          printf '\0\0\0\0' | put ${headerAt + header.checksumAt}
          checksum ${headerAt} ${header.bytes} | put ${headerAt + header.checksumAt}
        `,
      ),
    )}
  `;
}

/** In bytes: the table behind the protective MBR, and the copy, whose header is the last sector of the disk. */
function tablesOf({ sizeBytes }: Pick<Disk, 'sizeBytes'>) {
  return [
    { headerAt: sectorBytes, entriesAt: 2 * sectorBytes },
    { headerAt: sizeBytes - sectorBytes, entriesAt: sizeBytes - gptCopyBytes },
  ];
}

/** UTF-16, as a GPT has names, in the octal digits of printf. */
function nameWritten({ number, name }: Partition, entriesAt: number): Script {
  const bytes = Buffer.alloc(entry.nameBytes);
  bytes.write(name, 'utf16le');
  const digits = [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  return sh`printf ${digits} | put ${entriesAt + (number - 1) * entry.bytes + entry.nameAt}`;
}
