// The file that carries a build-VM to another machine: a plain tar archive (POSIX ustar) with a fixed set of file names.
// What is read may come from anywhere: nothing but these names, each once, as regular files, is accepted.
import type { FileHandle } from 'node:fs/promises';
import type { BuildVmArch } from './arch.ts';
import { BuildVmError } from './build-vm-error.ts';

const blockBytes = 512;

export interface ArchiveEntry {
  readonly name: string;
  readonly sizeBytes: number;
}

/** What a file of a build-VM is called in the archive. */
export function savedName(arch: BuildVmArch, name: string): string {
  return `${arch}/${name}`;
}

/** The header block of a regular file, as root's, mode 0644, with a fixed time. */
export function formatHeader(entry: ArchiveEntry): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  const put = (text: string, at: number) => block.write(text, at, 'latin1');
  put(entry.name, 0);
  put('0000644\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(`${entry.sizeBytes.toString(8).padStart(11, '0')}\0`, 124);
  put('15125331000\0', 136);
  put('0', 156);
  put('ustar\x0000', 257);
  put(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** How many zero bytes follow a content of this size. */
export function paddingBytes(sizeBytes: number): number {
  return (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
}

export const endOfArchive = Buffer.alloc(2 * blockBytes);

/**
 * Reads an archive from its beginning; `take` gets each entry with its content in pieces, and must read all of it.
 * @throws BuildVmError `saved-file-wrong` for anything that `formatHeader` would not have written.
 */
export async function readArchive(
  handle: FileHandle,
  where: string,
  allowedNames: readonly string[],
  take: (entry: ArchiveEntry, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const seen = new Set<string>();
  let position = 0;
  for (;;) {
    const block = await readExactly(handle, position, blockBytes, where);
    position += blockBytes;
    if (block.every((byte) => byte === 0)) return;
    const entry = parseHeader(block, where);
    if (!allowedNames.includes(entry.name) || seen.has(entry.name)) {
      throw wrong(where, `${JSON.stringify(entry.name)} does not belong there, or is there twice`);
    }
    seen.add(entry.name);
    await take(entry, readPieces(handle, position, entry.sizeBytes, where));
    position += entry.sizeBytes + paddingBytes(entry.sizeBytes);
  }
}

function parseHeader(block: Buffer, where: string): ArchiveEntry {
  const field = (at: number, length: number) => block.toString('latin1', at, at + length).replace(/[\0 ].*$/s, '');
  const name = block.toString('latin1', 0, 100).replace(/\0.*$/s, '');
  const [size, sum] = [field(124, 12), field(148, 8)];
  if (field(257, 6) !== 'ustar' || !/^[0-7]+$/.test(size) || Number.parseInt(sum, 8) !== checksum(block)) {
    throw wrong(where, 'it is no tar archive, or it is damaged');
  }
  if (field(156, 1) !== '0' || block[345] !== 0) throw wrong(where, `${JSON.stringify(name)} is not a plain file`);
  return { name, sizeBytes: Number.parseInt(size, 8) };
}

/** Sum of all bytes, with the checksum's own field counted as spaces. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

async function* readPieces(
  handle: FileHandle,
  start: number,
  sizeBytes: number,
  where: string,
): AsyncGenerator<Uint8Array> {
  const pieceBytes = 1024 * 1024;
  for (let done = 0; done < sizeBytes; done += pieceBytes) {
    yield await readExactly(handle, start + done, Math.min(pieceBytes, sizeBytes - done), where);
  }
}

async function readExactly(handle: FileHandle, position: number, length: number, where: string): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead !== length) throw wrong(where, 'it ends too early');
  return buffer;
}

function wrong(where: string, what: string): BuildVmError {
  return new BuildVmError(
    'saved-file-wrong',
    `${where}: this is not a saved build-VM: ${what}. Write it again with "vmb build-vm save FILE" and copy it as a binary file.`,
  );
}
