// Builds small ELF files for tests, 32 and 64 bit: an interpreter and needed libraries, loaded at an address unlike the offset.
import { Buffer } from 'node:buffer';

export interface ElfFacts {
  readonly bits: 32 | 64;
  readonly interpreter?: string;
  readonly libraries: readonly string[];
}

const loadAddress = 0x40_0000;

export function elfFile(facts: ElfFacts): Uint8Array {
  const { bits } = facts;
  const bytes = Buffer.alloc(4096);
  const word = (value: number, at: number) =>
    bits === 64 ? bytes.writeBigUInt64LE(BigInt(value), at) : bytes.writeUInt32LE(value, at);
  const wordBytes = bits / 8;
  const headerBytes = bits === 64 ? 64 : 52;
  const entryBytes = bits === 64 ? 56 : 32;
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, 1, 1]).copy(bytes);
  word(headerBytes, bits === 64 ? 32 : 28);
  bytes.writeUInt16LE(entryBytes, bits === 64 ? 54 : 42);

  const interpreterAt = 1024;
  const stringsAt = 2048;
  const dynamicAt = 3072;
  bytes.write(`${facts.interpreter ?? ''}\0`, interpreterAt);
  let stringOffset = 1;
  let dynamicEnd = dynamicAt;
  const dynamic = (tag: number, value: number) => {
    word(tag, dynamicEnd);
    word(value, dynamicEnd + wordBytes);
    dynamicEnd += 2 * wordBytes;
  };
  for (const name of facts.libraries) {
    bytes.write(`${name}\0`, stringsAt + stringOffset);
    dynamic(1, stringOffset);
    stringOffset += name.length + 1;
  }
  dynamic(5, loadAddress + stringsAt);
  dynamic(0, 0);

  const segments = [
    { type: 1, offset: 0, sizeBytes: bytes.length },
    { type: 2, offset: dynamicAt, sizeBytes: dynamicEnd - dynamicAt },
    ...(facts.interpreter === undefined ? [] : [{ type: 3, offset: interpreterAt, sizeBytes: 64 }]),
  ];
  bytes.writeUInt16LE(segments.length, bits === 64 ? 56 : 44);
  for (const [index, segment] of segments.entries()) {
    const at = headerBytes + index * entryBytes;
    bytes.writeUInt32LE(segment.type, at);
    word(segment.offset, at + (bits === 64 ? 8 : 4));
    word(loadAddress + segment.offset, at + (bits === 64 ? 16 : 8));
    word(segment.sizeBytes, at + (bits === 64 ? 32 : 16));
  }
  return bytes;
}
