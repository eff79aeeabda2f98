// Reads from an ELF program or library which interpreter and which shared libraries it needs, as ld.so will.
// Layouts: System V ABI, "Object Files" and "Program Loading and Dynamic Linking" (32 and 64 bit, little endian).

export interface ElfNeeds {
  readonly bits: 32 | 64;
  /** The program interpreter (PT_INTERP), absolute; absent in libraries and static programs. */
  readonly interpreter?: string;
  /** Names of needed libraries (DT_NEEDED), in the file's order. */
  readonly libraries: readonly string[];
}

const programHeaderLoad = 1;
const programHeaderDynamic = 2;
const programHeaderInterpreter = 3;
const tagEnd = 0;
const tagNeeded = 1;
const tagStringTable = 5;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly sizeBytes: number;
}

/** What `bytes` needs to run; undefined when it is no little-endian ELF file (a script, a text). A cut file throws RangeError. */
export function readElfNeeds(bytes: Uint8Array): ElfNeeds | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 20 || view.getUint32(0) !== 0x7f454c46 || view.getUint8(5) !== 1) return undefined;
  const bits = view.getUint8(4) === 2 ? 64 : 32;
  const segments = readSegments(view, bits);
  const interpreterSegment = segments.find((segment) => segment.type === programHeaderInterpreter);
  const libraries = readLibraries(view, bits, segments);
  if (interpreterSegment === undefined) return { bits, libraries };
  return { bits, interpreter: readText(view, interpreterSegment.offset), libraries };
}

function readSegments(view: DataView, bits: 32 | 64): Segment[] {
  const tableOffset = bits === 64 ? readWord(view, 32, 64) : readWord(view, 28, 32);
  const entryBytes = view.getUint16(bits === 64 ? 54 : 42, true);
  const count = view.getUint16(bits === 64 ? 56 : 44, true);
  return Array.from({ length: count }, (_, index) => {
    const at = tableOffset + index * entryBytes;
    const field = (place64: number, place32: number) => readWord(view, at + (bits === 64 ? place64 : place32), bits);
    return { type: view.getUint32(at, true), offset: field(8, 4), address: field(16, 8), sizeBytes: field(32, 16) };
  });
}

function readLibraries(view: DataView, bits: 32 | 64, segments: readonly Segment[]): string[] {
  const dynamic = segments.find((segment) => segment.type === programHeaderDynamic);
  if (dynamic === undefined) return [];
  const wordBytes = bits / 8;
  const nameOffsets: number[] = [];
  let stringTableAddress = 0;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.sizeBytes; at += 2 * wordBytes) {
    const tag = readWord(view, at, bits);
    const value = readWord(view, at + wordBytes, bits);
    if (tag === tagEnd) break;
    if (tag === tagNeeded) nameOffsets.push(value);
    if (tag === tagStringTable) stringTableAddress = value;
  }
  const stringTable = fileOffset(segments, stringTableAddress);
  return nameOffsets.map((offset) => readText(view, stringTable + offset));
}

/** Where in the file the byte lies that will be loaded at `address`. */
function fileOffset(segments: readonly Segment[], address: number): number {
  const segment = segments.find(
    (candidate) =>
      candidate.type === programHeaderLoad &&
      address >= candidate.address &&
      address < candidate.address + candidate.sizeBytes,
  );
  if (segment === undefined) throw new RangeError(`no segment of the file is loaded at address ${address}`);
  return address - segment.address + segment.offset;
}

function readWord(view: DataView, at: number, bits: 32 | 64): number {
  return bits === 64 ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true);
}

function readText(view: DataView, at: number): string {
  let end = at;
  while (view.getUint8(end) !== 0) end += 1;
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, end - at));
}
