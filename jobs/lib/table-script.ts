// A whole partition table, made in a sparse file out of the plan: compared with what a disk has, or put in its place.
import type { Disk, DiskLabel, Partition } from './disk.ts';
import { isWide, wideNames } from './gpt-names.ts';
import { gptFirstSector, gptLastSector } from './partition-table.ts';
import { sfdisk } from './sfdisk.ts';
import { lines, type Script, sh } from './shell.ts';
import { mebibyte, sectorBytes } from './size.ts';

/** What sfdisk is told of an empty table. */
export function labelLines({ type, id }: DiskLabel, diskBytes: number): string[] {
  const usable = type === 'gpt' ? [`first-lba: ${gptFirstSector}`, `last-lba: ${gptLastSector(diskBytes)}`] : [];
  return [`label: ${type === 'gpt' ? 'gpt' : 'dos'}`, `label-id: ${id}`, 'unit: sectors', ...usable];
}

/** What sfdisk is told of a partition. */
function partitionLine({ startBytes, sizeBytes, type, id, name, bootable }: Partition): string {
  const gpt = id !== '';
  return [
    `start=${startBytes / sectorBytes}, size=${sizeBytes / sectorBytes}, type=${type}`,
    ...(gpt ? [`uuid=${id}`] : []),
    ...(name === '' || isWide(name) ? [] : [`name="${name}"`]),
    ...(bootable ? [gpt ? 'attrs="LegacyBIOSBootable"' : 'bootable'] : []),
  ].join(', ');
}

export interface TableRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** Behind the boot code of an MBR: the disk's id and the table. */
const mbrTable: TableRange = { offsetBytes: 440, lengthBytes: sectorBytes - 440 };

/** Adds a partition to the table that a device or a file has. */
export function appended(device: string, disk: Pick<Disk, 'sizeBytes'>, partition: Partition): Script {
  return lines(sfdisk(device, [partitionLine(partition)], ['--append']), wideNames(device, disk, [partition]));
}

/** Numbers up to 4 are the MBR's own. */
const firstLogical = 5;

/** Where the copy of a gpt lies. */
export function gptCopy(diskBytes: number): TableRange {
  const offsetBytes = (gptLastSector(diskBytes) + 1) * sectorBytes;
  return { offsetBytes, lengthBytes: diskBytes - offsetBytes };
}

function tableRanges({ label, partitions, sizeBytes }: Disk): TableRange[] {
  if (label?.type === 'gpt') {
    const first = { offsetBytes: sectorBytes, lengthBytes: (gptFirstSector - 1) * sectorBytes };
    return [mbrTable, first, gptCopy(sizeBytes)];
  }
  // The first sector of the extended partition describes the first logical one; sfdisk puts those of the others a MiB before them.
  const extended = partitions.filter(({ kind }) => kind === 'extended').map(({ startBytes }) => startBytes);
  const others = partitions.filter(({ kind, number }) => kind === 'logical' && number > firstLogical);
  const entries = [...extended, ...others.map(({ startBytes }) => startBytes - mebibyte)];
  return [mbrTable, ...entries.map((offsetBytes) => ({ offsetBytes, lengthBytes: sectorBytes }))];
}

/**
 * Makes \`file\`, as large as the disk, with its table and nothing else. Logical partitions are added one by one, as the job
 * partition does it: where a start in the same script lies below 1 MiB, sfdisk 2.38 puts the sectors that describe them elsewhere.
 */
function made(disk: Disk, label: DiskLabel, file: string): Script {
  const ordered = [...disk.partitions].sort((one, other) => one.number - other.number);
  const isLogical = ({ kind }: Partition) => kind === 'logical';
  const script = ordered
    .filter((partition) => !isLogical(partition))
    .map((partition) => `disk${partition.number} : ${partitionLine(partition)}`);
  return sh`
    rm -f ${file}
    truncate -s ${disk.sizeBytes} ${file}
    ${sfdisk(file, [...labelLines(label, disk.sizeBytes), ...script])}
    ${wideNames(file, disk, ordered) ?? []}
    ${ordered.filter(isLogical).map((partition) => appended(file, disk, partition))}
  `;
}

function copied(from: string, to: string, { offsetBytes, lengthBytes }: TableRange): Script {
  const flags = ['iflag=skip_bytes,count_bytes,fullblock', 'oflag=seek_bytes', 'conv=notrunc', 'status=none'];
  return sh`dd if=${from} of=${to} bs=64K skip=${offsetBytes} count=${lengthBytes} seek=${offsetBytes} ${flags}`;
}

/** Fails when the disk has another table than the plan. */
export function checkedTable(disk: Disk): Script | undefined {
  if (disk.label === undefined) return undefined;
  const device = `/dev/vmb/${disk.name}`;
  return sh`
    ${made(disk, disk.label, '/tmp/table-planned')}
    rm -f /tmp/table-found
    truncate -s ${disk.sizeBytes} /tmp/table-found
    ${tableRanges(disk).map((range) => copied(device, '/tmp/table-found', range))}
    cmp -s /tmp/table-planned /tmp/table-found || vmb_fail ${`the partition table of ${disk.name} is not the one that the steps before have made, so that nobody knows what a new one would have to keep. Change partitions by the jobs label and partition only.`}
  `;
}

/** Gives the disk the table of the plan; boot code stays. */
export function writtenTable(disk: Disk): Script | undefined {
  if (disk.label === undefined) return undefined;
  const device = `/dev/vmb/${disk.name}`;
  return lines(
    made(disk, disk.label, '/tmp/table-new'),
    ...tableRanges(disk).map((range) => copied('/tmp/table-new', device, range)),
    sh`blockdev --flushbufs ${device}`,
  );
}
