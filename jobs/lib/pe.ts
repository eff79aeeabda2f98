// Reads an EFI program's headers, which may be anything.
// Specification: Microsoft PE Format, as UEFI 2.10 section 2.1.1 takes it.
import { JobFailure } from './failure.ts';

export interface PeFacts {
  /** COFF number of the processor: 0x8664, 0x14c, 0xaa64. */
  readonly machine: number;
  readonly coffOffset: number;
  readonly optionalOffset: number;
  readonly sectionsOffset: number;
  readonly sections: readonly PeSection[];
  readonly sectionAlignment: number;
  readonly fileAlignment: number;
  readonly headerBytes: number;
}

export interface PeSection {
  readonly name: string;
  readonly virtualBytes: number;
  readonly virtualAddress: number;
  readonly rawBytes: number;
  readonly rawOffset: number;
}

const coffBytes = 20;
export const sectionHeaderBytes = 40;
const mostSections = 96;
const largestAlignment = 2 * 1024 * 1024;
/** From the begin of the optional header; the same for PE32 and PE32+. */
export const optional = {
  initializedData: 8,
  sectionAlignment: 32,
  fileAlignment: 36,
  imageBytes: 56,
  headerBytes: 60,
  checksum: 64,
};
export const optionalShapes = new Map([
  [0x10b, { directories: 96 }],
  [0x20b, { directories: 112 }],
]);

/** @throws JobFailure `pe-malformed`; `what` names the program in the message */
export function readPe(bytes: Buffer, what: string): PeFacts {
  const malformed = (reason: string) =>
    new JobFailure('pe-malformed', `${what} is not an EFI program: ${reason}. Give one that is.`);
  const need = (offset: number, length: number, name: string) => {
    if (offset + length > bytes.length) throw malformed(`it ends within its ${name}`);
    return offset;
  };
  if (bytes.toString('latin1', 0, 2) !== 'MZ') throw malformed('it does not begin with "MZ"');
  const signature = bytes.readUInt32LE(need(0x3c, 4, 'DOS header'));
  need(signature, 4 + coffBytes, 'COFF header');
  if (bytes.toString('latin1', signature, signature + 4) !== 'PE\0\0') throw malformed('it has no PE signature');
  const coffOffset = signature + 4;
  const optionalOffset = coffOffset + coffBytes;
  const optionalBytes = bytes.readUInt16LE(coffOffset + 16);
  need(optionalOffset, optionalBytes, 'optional header');
  const shape = optionalBytes < 2 ? undefined : optionalShapes.get(bytes.readUInt16LE(optionalOffset));
  if (shape === undefined) throw malformed('its optional header is of no known kind');
  if (optionalBytes < shape.directories) throw malformed('its optional header is too short');
  const count = bytes.readUInt16LE(coffOffset + 2);
  if (count === 0 || count > mostSections) throw malformed(`it has ${count} sections`);
  const sectionsOffset = need(optionalOffset + optionalBytes, count * sectionHeaderBytes, 'table of sections');
  const sectionAlignment = bytes.readUInt32LE(optionalOffset + optional.sectionAlignment);
  const fileAlignment = bytes.readUInt32LE(optionalOffset + optional.fileAlignment);
  if (![sectionAlignment, fileAlignment].every(isAlignment)) throw malformed('its alignments are impossible');
  return {
    machine: bytes.readUInt16LE(coffOffset),
    coffOffset,
    optionalOffset,
    sectionsOffset,
    sections: Array.from({ length: count }, (_, index) =>
      readSection(bytes, sectionsOffset + index * sectionHeaderBytes),
    ),
    sectionAlignment,
    fileAlignment,
    headerBytes: bytes.readUInt32LE(optionalOffset + optional.headerBytes),
  };
}

function readSection(bytes: Buffer, at: number): PeSection {
  return {
    name: bytes.toString('latin1', at, at + 8).replace(/\0+$/, ''),
    virtualBytes: bytes.readUInt32LE(at + 8),
    virtualAddress: bytes.readUInt32LE(at + 12),
    rawBytes: bytes.readUInt32LE(at + 16),
    rawOffset: bytes.readUInt32LE(at + 20),
  };
}

/** A power of two that is not absurd: room for it is taken in memory. */
function isAlignment(value: number): boolean {
  return value > 0 && value <= largestAlignment && (value & (value - 1)) === 0;
}
