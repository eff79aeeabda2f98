// Plans an EFI program with more sections: where each lies in the file and in memory, and the headers that say so.
// Specification: Microsoft PE Format, as UEFI 2.10 section 2.1.1 takes it.
import { JobFailure } from './failure.ts';
import { optional, optionalShapes, type PeFacts, type PeSection, readPe, sectionHeaderBytes } from './pe.ts';

export interface NewSection {
  /** At most 8 bytes of ASCII: ".linux". */
  readonly name: string;
  readonly sizeBytes: number;
}

export interface PlacedSection extends NewSection {
  readonly offsetBytes: number;
  /** Size in the file: whole units of the file's alignment. */
  readonly rawBytes: number;
}

export interface PePlan {
  /** The program up to the first new section, headers already as they will be but for the checksum, which is 0. */
  readonly head: Buffer;
  readonly sections: readonly PlacedSection[];
  readonly totalBytes: number;
  readonly checksumOffset: number;
}

const largestImage = 0xffffffff;
/** Initialised data, readable: what systemd's stub looks for by name. */
const dataCharacteristics = 0x40000040;
/** The processor protects memory by pages. */
const pageBytes = 4096;
const securityDirectory = 4;

/** Puts sections behind those of a stub. What follows its last section, symbols for debuggers, is left out. @throws JobFailure */
export function planPe(stub: Buffer, added: readonly NewSection[]): PePlan {
  const facts = readPe(stub, 'The stub');
  checkStub(stub, facts, added);
  const { fileAlignment, sectionAlignment, sections } = facts;
  const alignment = Math.max(sectionAlignment, pageBytes);
  const rawEnds = sections.flatMap(({ rawOffset, rawBytes }) => (rawBytes === 0 ? [] : [rawOffset + rawBytes]));
  const virtualEnds = sections.map(
    ({ virtualAddress, virtualBytes, rawBytes }) => virtualAddress + Math.max(virtualBytes, rawBytes),
  );
  const headEnd = roundUp(Math.max(facts.headerBytes, ...rawEnds), fileAlignment);
  const head = Buffer.alloc(headEnd);
  stub.copy(head, 0, 0, Math.min(stub.length, Math.max(facts.headerBytes, ...rawEnds)));
  let offsetBytes = headEnd;
  let address = roundUp(Math.max(...virtualEnds), alignment);
  let header = facts.sectionsOffset + sections.length * sectionHeaderBytes;
  const placed: PlacedSection[] = [];
  for (const { name, sizeBytes } of added) {
    const rawBytes = roundUp(sizeBytes, fileAlignment);
    checkSize(Math.max(offsetBytes + rawBytes, roundUp(address + sizeBytes, alignment)));
    writeSection(head, header, {
      name,
      virtualBytes: sizeBytes,
      virtualAddress: address,
      rawBytes,
      rawOffset: offsetBytes,
    });
    placed.push({ name, sizeBytes, offsetBytes, rawBytes });
    header += sectionHeaderBytes;
    offsetBytes += rawBytes;
    address = roundUp(address + sizeBytes, alignment);
  }
  patchHeaders(head, facts, placed, address);
  return { head, sections: placed, totalBytes: offsetBytes, checksumOffset: facts.optionalOffset + optional.checksum };
}

function checkSize(bytes: number): void {
  if (bytes <= largestImage) return;
  throw new JobFailure(
    'pe-too-large',
    'The parts are larger than an EFI program may be, 4 GiB. Make the initramfs smaller.',
  );
}

function checkStub(stub: Buffer, facts: PeFacts, added: readonly NewSection[]): void {
  const { sections, sectionsOffset, headerBytes, optionalOffset } = facts;
  for (const section of sections) {
    if (section.rawBytes === 0 || section.rawOffset + section.rawBytes <= stub.length) continue;
    throw new JobFailure(
      'pe-malformed',
      `The stub is not an EFI program: it ends within its section ${JSON.stringify(section.name)}. Give one that is.`,
    );
  }
  const tableEnd = sectionsOffset + (sections.length + added.length) * sectionHeaderBytes;
  const firstUse = sections.flatMap((one) => (one.rawBytes === 0 ? [] : [one.rawOffset])).concat(stub.length);
  if (headerBytes > stub.length || tableEnd > Math.min(headerBytes, ...firstUse)) {
    throw new JobFailure(
      'pe-no-room',
      `The stub's header has no room for ${added.length} more sections. Use systemd's stub, which has.`,
    );
  }
  const taken = added.find(({ name }) => sections.some((section) => section.name === name));
  if (taken !== undefined) {
    throw new JobFailure(
      'pe-unfit',
      `The stub has a section ${taken.name} already. Use a stub without a kernel in it.`,
    );
  }
  const directories = optionalOffset + (optionalShapes.get(stub.readUInt16LE(optionalOffset))?.directories ?? 0);
  const security = directories + securityDirectory * 8;
  if (
    stub.readUInt32LE(directories - 4) > securityDirectory &&
    security + 8 <= sectionsOffset &&
    stub.readUInt32LE(security) !== 0
  ) {
    throw new JobFailure(
      'pe-unfit',
      'The stub is signed, which the result could not be. Use the stub without its signature.',
    );
  }
}

function writeSection(head: Buffer, at: number, section: PeSection): void {
  head.fill(0, at, at + sectionHeaderBytes);
  head.write(section.name, at, 8, 'latin1');
  head.writeUInt32LE(section.virtualBytes, at + 8);
  head.writeUInt32LE(section.virtualAddress, at + 12);
  head.writeUInt32LE(section.rawBytes, at + 16);
  head.writeUInt32LE(section.rawOffset, at + 20);
  head.writeUInt32LE(dataCharacteristics, at + 36);
}

function patchHeaders(head: Buffer, facts: PeFacts, placed: readonly PlacedSection[], imageBytes: number): void {
  const { coffOffset, optionalOffset } = facts;
  const added = placed.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
  const data = optionalOffset + optional.initializedData;
  head.writeUInt16LE(facts.sections.length + placed.length, coffOffset + 2);
  // The time of linking, and the symbols that are left out.
  for (const field of [4, 8, 12]) head.writeUInt32LE(0, coffOffset + field);
  head.writeUInt32LE((head.readUInt32LE(data) + added) >>> 0, data);
  head.writeUInt32LE(imageBytes, optionalOffset + optional.imageBytes);
  head.writeUInt32LE(0, optionalOffset + optional.checksum);
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
