// Writes a planned EFI program in streams, with its checksum.

import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { writeFully } from '../../base/write-fully.ts';
import { JobFailure } from './failure.ts';
import type { PePlan, PlacedSection } from './pe-plan.ts';

const chunkBytes = 1024 * 1024;

/** `paths`: where the bytes of each new section are. */
export async function writePe(
  plan: PePlan,
  paths: ReadonlyMap<string, string>,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const output = await open(target, 'wx', 0o644);
  try {
    await writeFully(output, plan.head, 0);
    let sum = addWords(0, plan.head);
    for (const section of plan.sections) {
      const path = paths.get(section.name);
      if (path === undefined) throw new Error(`Internal error: no bytes for the section ${section.name}`);
      sum = await copySection(section, path, output, sum, signal);
    }
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE((sum + plan.totalBytes) >>> 0);
    await writeFully(output, checksum, plan.checksumOffset);
  } finally {
    await output.close();
  }
}

async function copySection(
  section: PlacedSection,
  path: string,
  output: FileHandle,
  sum: number,
  signal: AbortSignal,
): Promise<number> {
  const input = await open(path);
  try {
    let words = sum;
    for (let done = 0; done < section.rawBytes; done += chunkBytes) {
      signal.throwIfAborted();
      // What the file does not fill stays zero.
      const chunk = Buffer.alloc(Math.min(chunkBytes, section.rawBytes - done));
      const wanted = Math.min(chunk.length, Math.max(0, section.sizeBytes - done));
      await readExactly(input, chunk, wanted, done, section.name);
      await writeFully(output, chunk, section.offsetBytes + done);
      words = addWords(words, chunk);
    }
    return words;
  } finally {
    await input.close();
  }
}

async function readExactly(
  input: FileHandle,
  chunk: Buffer,
  wanted: number,
  position: number,
  name: string,
): Promise<void> {
  for (let got = 0; got < wanted; ) {
    const { bytesRead } = await input.read(chunk, got, wanted - got, position + got);
    if (bytesRead === 0)
      throw new JobFailure('pe-malformed', `The file for ${name} became shorter while it was read. Build again.`);
    got += bytesRead;
  }
}

/** The sum of 16-bit words, carries added at the low end, which is one half of a PE checksum; the other is the length. */
export function addWords(sum: number, chunk: Buffer): number {
  let words = sum;
  for (let at = 0; at + 1 < chunk.length; at += 2) {
    words += (chunk[at] ?? 0) | ((chunk[at + 1] ?? 0) << 8);
    words = (words & 0xffff) + (words >>> 16);
  }
  return words;
}
