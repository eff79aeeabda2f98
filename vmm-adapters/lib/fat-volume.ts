// Lays out a FAT16 volume that holds one file in one folder chain; pure. Specification: Microsoft FAT, EFI 2.10 section 13.3.

export interface FatLayout {
  /** Everything before the file's content: boot sector, both tables, root folder, folders. */
  readonly start: Buffer;
  /** Where the file's content goes; zeroes follow it. */
  readonly contentOffsetBytes: number;
  readonly sizeBytes: number;
}

const sectorBytes = 512;
const entryBytes = 32;
const rootEntries = 512;
/** A volume with fewer clusters is FAT12, with more FAT32: readers go by this number alone. */
const fewestClusters = 4085;
const mostClusters = 65524;
/** Larger clusters are not read by everything. */
const mostSectorsPerCluster = 64;

const attribute = { archive: 0x20, folder: 0x10 };
const endOfChain = 0xffff;

/** `path`: names in capitals, each like "BOOTX64.EFI" or "EFI"; the last is the file. Undefined when the content is too long for FAT16. */
export function layOutFat(path: readonly string[], contentBytes: number): FatLayout | undefined {
  const folders = path.slice(0, -1);
  const sectorsPerCluster = chooseCluster(contentBytes);
  if (sectorsPerCluster === undefined) return undefined;
  const clusterBytes = sectorsPerCluster * sectorBytes;
  const contentClusters = Math.ceil(contentBytes / clusterBytes);
  const clusters = Math.max(fewestClusters + 16, folders.length + contentClusters + 16);
  const tableSectors = Math.ceil(((clusters + 2) * 2) / sectorBytes);
  const rootOffset = (1 + 2 * tableSectors) * sectorBytes;
  const dataOffset = rootOffset + rootEntries * entryBytes;
  const sectors = dataOffset / sectorBytes + clusters * sectorsPerCluster;

  const start = Buffer.alloc(dataOffset + folders.length * clusterBytes);
  writeBootSector(start, { sectorsPerCluster, tableSectors, sectors });
  const table = makeTable(folders.length, contentClusters);
  table.copy(start, sectorBytes);
  table.copy(start, (1 + tableSectors) * sectorBytes);
  path.forEach((name, depth) => {
    const isFile = depth === folders.length;
    const offset = depth === 0 ? rootOffset : dataOffset + (depth - 1) * clusterBytes;
    const names =
      depth === 0
        ? []
        : [entry('.', attribute.folder, depth + 1, 0), entry('..', attribute.folder, depth === 1 ? 0 : depth, 0)];
    const own = entry(name, isFile ? attribute.archive : attribute.folder, depth + 2, isFile ? contentBytes : 0);
    Buffer.concat([...names, own]).copy(start, offset);
  });
  return { start, contentOffsetBytes: start.length, sizeBytes: sectors * sectorBytes };
}

function chooseCluster(contentBytes: number): number | undefined {
  for (let sectors = 4; sectors <= mostSectorsPerCluster; sectors *= 2) {
    if (contentBytes / (sectors * sectorBytes) < mostClusters - 32) return sectors;
  }
  return undefined;
}

interface Geometry {
  readonly sectorsPerCluster: number;
  readonly tableSectors: number;
  readonly sectors: number;
}

function writeBootSector(to: Buffer, { sectorsPerCluster, tableSectors, sectors }: Geometry): void {
  to.set([0xeb, 0x3c, 0x90]);
  to.write('VMB     ', 3, 'latin1');
  to.writeUInt16LE(sectorBytes, 11);
  to.writeUInt8(sectorsPerCluster, 13);
  to.writeUInt16LE(1, 14);
  to.writeUInt8(2, 16);
  to.writeUInt16LE(rootEntries, 17);
  to.writeUInt16LE(sectors < 0x10000 ? sectors : 0, 19);
  to.writeUInt8(0xf8, 21);
  to.writeUInt16LE(tableSectors, 22);
  to.writeUInt16LE(32, 24);
  to.writeUInt16LE(64, 26);
  to.writeUInt32LE(sectors < 0x10000 ? 0 : sectors, 32);
  to.writeUInt8(0x80, 36);
  to.writeUInt8(0x29, 38);
  to.write('VMB0', 39, 'latin1');
  to.write('NO NAME    FAT16   ', 43, 'latin1');
  to.writeUInt16LE(0xaa55, 510);
}

/** One cluster for each folder, then the file's clusters as one chain. */
function makeTable(folders: number, contentClusters: number): Buffer {
  const table = Buffer.alloc((2 + folders + contentClusters) * 2);
  table.writeUInt16LE(0xfff8, 0);
  for (let cluster = 1; cluster < 2 + folders + contentClusters; cluster += 1) {
    const isLast = cluster < 2 + folders || cluster === 1 + folders + contentClusters;
    table.writeUInt16LE(isLast ? endOfChain : cluster + 1, cluster * 2);
  }
  return table;
}

/** A name like "BOOTX64.EFI" as eight and three characters; times are the earliest that FAT knows, 1980-01-01. */
function entry(name: string, kind: number, cluster: number, sizeBytes: number): Buffer {
  const dot = name.startsWith('.') ? -1 : name.indexOf('.');
  const [stem, ending] = dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
  const bytes = Buffer.alloc(entryBytes);
  bytes.write(stem.padEnd(8) + ending.padEnd(3), 0, 'latin1');
  bytes.writeUInt8(kind, 11);
  bytes.writeUInt16LE(0x21, 16);
  bytes.writeUInt16LE(0x21, 18);
  bytes.writeUInt16LE(0x21, 24);
  bytes.writeUInt16LE(sizeBytes === 0 && kind === attribute.archive ? 0 : cluster, 26);
  bytes.writeUInt32LE(sizeBytes, 28);
  return bytes;
}
