// Fixes what is random in a VHDX: ids and numbers of both headers, the disk's id, and a log that is over (MS-VHDX 8.0).
import { crc32c } from './crc32c.ts';
import { editFile, type FileEdit, requireMark } from './edit-file.ts';
import type { ImageIds } from './image-ids.ts';
import { littleEndianGuid } from './vdi.ts';

const kibibyte = 1024;
/** 2.2.1: a mark of 8 bytes, then who made it: 512 bytes, for people. */
const creatorAt = 8;
const creatorBytes = 512;
/** 2.2.2: the header with the higher sequence number counts. */
const headersAt = [64 * kibibyte, 128 * kibibyte];
const headerBytes = 4 * kibibyte;
const header = { checksum: 4, sequence: 8, fileWrite: 16, dataWrite: 32, log: 48, logBytes: 68, logAt: 72 };
/** 2.2.3: the region table, of 16 bytes and 32 for each region. */
const regionsAt = 192 * kibibyte;
const metadataRegion = guid('8B7CA206-4790-4B9A-B8FE-575F050F886E');
/** 2.6.1: the metadata table, of 32 bytes and 32 for each item. */
const diskIdItem = guid('BECA12AB-B2E6-4523-93EF-C309E000C746');
const mebibyte = 1024 * kibibyte;

export async function fixVhdx(path: string, ids: ImageIds): Promise<void> {
  await editFile(path, async (file) => {
    requireMark(await file.read(0, 8), 'vhdxfile', 'VHDX');
    const creator = Buffer.alloc(creatorBytes);
    creator.write('vmb', 'utf16le');
    await file.put(creatorAt, creator);
    for (const [index, at] of headersAt.entries()) await fixHeader(file, at, index + 1, ids);
    await file.put(await diskIdAt(file), littleEndianGuid(ids('disk')));
  });
}

async function fixHeader(file: FileEdit, at: number, sequence: number, ids: ImageIds): Promise<void> {
  const bytes = await file.read(at, headerBytes);
  requireMark(bytes, 'head', 'VHDX header');
  if (bytes.subarray(header.log, header.log + 16).some((byte) => byte !== 0)) {
    throw new Error('Internal error: qemu-img left a VHDX whose log is not over');
  }
  bytes.writeBigUInt64LE(BigInt(sequence), header.sequence);
  littleEndianGuid(ids('file write')).copy(bytes, header.fileWrite);
  littleEndianGuid(ids('data write')).copy(bytes, header.dataWrite);
  bytes.writeUInt32LE(0, header.checksum);
  bytes.writeUInt32LE(crc32c(bytes), header.checksum);
  await file.put(at, bytes);
  const logAt = Number(bytes.readBigUInt64LE(header.logAt));
  const logBytes = bytes.readUInt32LE(header.logBytes);
  if (logBytes > 64 * mebibyte) throw new Error('Internal error: qemu-img wrote a VHDX with a log that cannot be');
  await file.put(logAt, Buffer.alloc(logBytes));
}

/** Where the id of the disk that a machine sees is stored. */
async function diskIdAt(file: FileEdit): Promise<number> {
  const metadata = find(await file.read(regionsAt, 64 * kibibyte), 16, metadataRegion);
  const metadataAt = Number(metadata.readBigUInt64LE(16));
  const item = find(await file.read(metadataAt, 64 * kibibyte), 32, diskIdItem);
  return metadataAt + item.readUInt32LE(16);
}

/** The entry of 32 bytes that begins with an id. */
function find(table: Buffer, firstAt: number, id: Buffer): Buffer {
  for (let at = firstAt; at + 32 <= table.length; at += 32) {
    if (table.subarray(at, at + 16).equals(id)) return table.subarray(at, at + 32);
  }
  throw new Error('Internal error: qemu-img wrote a VHDX without a part that it must have');
}

function guid(text: string): Buffer {
  return littleEndianGuid(Buffer.from(text.replaceAll('-', ''), 'hex'));
}
