// What FreeBSD's fsck_ffs looks at, which Debian does not have: maps and counts against what inodes claim, links against names.
// For blocks of 32 KiB in fragments of 4 KiB.
import { closeSync, openSync, readSync } from 'node:fs';

/** What is wrong with it; nothing, when it is as it should be. */
export function checkUfs(image: string, version: 1 | 2): string[] {
  const file = openSync(image, 'r');
  const read = (fragment: number, length: number) => {
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, fragment * 4096);
    return bytes;
  };
  try {
    const ufs = opened(read, version);
    claimTables(ufs);
    const used = ufs.groups.map((_, group) => readInodes(ufs, group));
    const sums = ufs.groups.map((_, group) => checkGroup(ufs, group, used[group] ?? []));
    const totals = [0, 1, 2, 3].map((one) => sums.reduce((sum, counts) => sum + (counts[one] ?? 0), 0));
    equal(ufs, 'totals', [1008, 1016, 1024, 1032].map(ufs.total), totals);
    for (const [inode, { links, names }] of ufs.inodes) equal(ufs, `links of inode ${inode}`, links, names);
    return ufs.wrong;
  } finally {
    closeSync(file);
  }
}

function opened(read: (fragment: number, length: number) => Buffer, version: 1 | 2) {
  const superblock = read(version === 1 ? 2 : 16, 1376);
  const field = (at: number) => superblock.readUInt32LE(at);
  const total = (at: number) => Number(superblock.readBigUInt64LE(at));
  const wrong: string[] = [];
  const sizes = [field(1372), field(48), field(52), total(1000)];
  const wanted = [version === 1 ? 0x11954 : 0x19540119, 32768, 4096, version === 1 ? 8192 : 65536];
  if (sizes.join() !== wanted.join()) wrong.push(`superblock: ${sizes}, not ${wanted}`);
  return {
    read,
    version,
    superblock,
    field,
    total,
    wrong,
    groups: Array.from({ length: field(44) }, (_, index) => index * field(188)),
    /** 1 for each fragment in use, and how many that are. */
    claimed: new Uint8Array(total(1080)),
    claims: 0,
    inodes: new Map<number, { kind: number; links: number; names: number }>(),
  };
}

type Ufs = ReturnType<typeof opened>;

function equal({ wrong }: Ufs, what: string, found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) wrong.push(`${what}: ${found}, not ${wanted}`);
}

function claim(ufs: Ufs, who: string, first: number, count: number): void {
  for (let at = first; at < first + count; at++) {
    if (at >= ufs.claimed.length || ufs.claimed[at] === 1) ufs.wrong.push(`${who} claims ${at}`);
    ufs.claimed[at] = 1;
  }
  ufs.claims += count;
}

function claimTables(ufs: Ufs): void {
  ufs.groups.forEach((start, group) => {
    const begin = start + (group === 0 ? 0 : ufs.field(8));
    claim(ufs, `group ${group}`, begin, start + ufs.field(20) - begin);
    if (!ufs.read(start + ufs.field(8), 1376).equals(ufs.superblock)) ufs.wrong.push(`copy in group ${group}`);
  });
  claim(ufs, 'summaries', ufs.total(1096), ufs.field(156) / 4096);
}

/** Whether each inode of a group is in use. */
function readInodes(ufs: Ufs, group: number): boolean[] {
  const count = ufs.field(184);
  const length = ufs.version * 128;
  const table = ufs.read((ufs.groups[group] ?? 0) + ufs.field(16), count * length);
  return Array.from({ length: count }, (_, index) => {
    const inode = table.subarray(index * length, (index + 1) * length);
    if (inode.readUInt16LE(0) !== 0) readInode(ufs, group * count + index, inode);
    return inode.readUInt16LE(0) !== 0 || group * count + index < 2;
  });
}

function readInode(ufs: Ufs, number: number, inode: Buffer): void {
  const who = `inode ${number}`;
  const [sizeAt, pointersAt, sectorsAt] = ufs.version === 1 ? [8, 0x28, 0x68] : [16, 112, 24];
  const bytes = Number(inode.readBigUInt64LE(sizeAt));
  const sectors = inode.readUInt32LE(sectorsAt);
  const kind = inode.readUInt16LE(0) >> 12;
  noted(ufs, number, kind).links = inode.readUInt16LE(2);
  const before = ufs.claims;
  const hasBlocks = kind === 4 || kind === 8 || sectors > 0;
  const pointers = hasBlocks ? pointersIn(ufs, inode.subarray(pointersAt, pointersAt + 60 * ufs.version)) : [];
  const blocks = Math.ceil(bytes / 32768);
  const found = new Map<number, number>();
  let first = 0;
  for (const [index, pointer] of pointers.entries()) {
    const level = Math.max(0, index - 11);
    if (first >= blocks) equal(ufs, `${who}: pointer ${index}`, pointer, 0);
    else if (level > 0) below(ufs, who, pointer, level, first, found);
    else if (pointer !== 0) {
      const fragments = first === blocks - 1 ? Math.ceil((bytes - first * 32768) / 4096) : 8;
      if ((pointer % 8) + fragments > 8) ufs.wrong.push(`${who} lies across blocks`);
      claim(ufs, who, pointer, fragments);
      found.set(first, pointer);
    }
    first += reach(ufs, level);
  }
  if (hasBlocks && blocks > 0 && Math.max(...found.keys()) !== blocks - 1)
    ufs.wrong.push(`${who} does not end in a block`);
  equal(ufs, `${who}: sectors`, sectors, (ufs.claims - before) * 8);
  if (kind === 4)
    readNames(ufs, who, Buffer.concat([...found.values()].map((at) => ufs.read(at, 32768))).subarray(0, bytes));
}

/** What is known of an inode, by its own word or by a name for it. */
function noted(ufs: Ufs, number: number, kind: number) {
  const known = ufs.inodes.get(number) ?? { kind, links: 0, names: 0 };
  equal(ufs, `kind of inode ${number}`, kind, known.kind);
  ufs.inodes.set(number, known);
  return known;
}

function pointersIn({ version }: Ufs, bytes: Buffer): number[] {
  return Array.from({ length: bytes.length / (4 * version) }, (_, index) =>
    version === 1 ? bytes.readUInt32LE(index * 4) : Number(bytes.readBigUInt64LE(index * 8)),
  );
}

/** How many blocks a pointer of so many levels leads to. */
function reach({ version }: Ufs, level: number): number {
  return (32768 / (4 * version)) ** level;
}

/** Notes the blocks that a pointer leads to, from number `first` on. */
function below(ufs: Ufs, who: string, pointer: number, level: number, first: number, found: Map<number, number>): void {
  if (pointer === 0) return;
  claim(ufs, who, pointer, 8);
  if (level === 0) found.set(first, pointer);
  else {
    for (const [index, next] of pointersIn(ufs, ufs.read(pointer, 32768)).entries()) {
      below(ufs, who, next, level - 1, first + index * reach(ufs, level - 1), found);
    }
  }
}

function readNames(ufs: Ufs, who: string, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16LE(at + 4);
    const least = (8 + bytes.readUInt8(at + 7) + 4) & ~3;
    if (length < least || length % 4 !== 0 || (at % 512) + length > 512) {
      ufs.wrong.push(`${who} has a name of ${length} bytes at ${at}`);
      return;
    }
    noted(ufs, bytes.readUInt32LE(at), bytes.readUInt8(at + 6)).names++;
    at += length;
  }
}

/** Compares a group's header with what is in use; its folders, free blocks, free inodes and free fragments. */
function checkGroup(ufs: Ufs, group: number, used: readonly boolean[]): number[] {
  const start = ufs.groups[group] ?? 0;
  const header = ufs.read(start + ufs.field(12), 32768);
  const at = (offset: number) => header.readUInt32LE(offset);
  const bits = (map: number, count: number) =>
    Array.from({ length: count }, (_, bit) => ((header[map + (bit >> 3)] ?? 0) >> (bit & 7)) & 1);
  const size = Math.min(ufs.field(188), ufs.claimed.length - start);
  const claimed = ufs.claimed.subarray(start, start + size);
  const free = Array.from({ length: size / 8 }, (_, block) => claimed.subarray(block * 8, block * 8 + 8).join(''));
  const whole = free.map((map) => (map === '00000000' ? 1 : 0));
  const lengths = (maps: readonly string[], run: RegExp) =>
    maps.flatMap((map) => map.match(run) ?? []).map((one) => one.length);
  const rests = lengths(
    free.filter((map) => map !== '00000000'),
    /0+/g,
  );
  const clusters = lengths([whole.join('')], /1+/g).map((length) => Math.min(length, 16));
  const count = (all: readonly number[], length: number) => all.filter((one) => one === length).length;
  const says = (what: string, found: unknown, wanted: unknown) => equal(ufs, `group ${group}: ${what}`, found, wanted);
  says('sizes', [at(4), at(12), at(20), at(112)], [0x90255, group, size, size / 8]);
  says(
    'fragments',
    bits(at(96), size),
    [...claimed].map((one) => 1 - one),
  );
  says('clusters', bits(at(108), size / 8), whole);
  says(
    'cluster lengths',
    Array.from({ length: 16 }, (_, one) => at(at(104) + 4 + one * 4)),
    Array.from({ length: 16 }, (_, one) => count(clusters, one + 1)),
  );
  says(
    'runs',
    Array.from({ length: 8 }, (_, one) => at(52 + one * 4)),
    Array.from({ length: 8 }, (_, one) => count(rests, one)),
  );
  says('inodes', bits(at(92), used.length), used.map(Number));
  const folders = used.filter((_, index) => ufs.inodes.get(group * used.length + index)?.kind === 4).length;
  const sums = [folders, count(whole, 1), used.filter((one) => !one).length, rests.reduce((sum, one) => sum + one, 0)];
  says('counts', [24, 28, 32, 36].map(at), sums);
  const summary = ufs.read(ufs.total(1096), (group + 1) * 16).subarray(group * 16);
  says(
    'summary',
    [0, 4, 8, 12].map((offset) => summary.readUInt32LE(offset)),
    sums,
  );
  return sums;
}
