// Moves a session's disks into the one that they are packed into before it boots, and out again afterwards.
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { PackedDisk } from '../../build-vm/border/pack.ts';
import { writeSparsely } from '../../build-vm/border/sparse-file.ts';
import type { DiskHandle } from '../../vmm-adapters/lib/adapter.ts';
import { explained } from '../../vmm-adapters/lib/host-files.ts';
import { type ByteRange, fileChunks } from '../payload/file-bytes.ts';
import type { BuildRun } from './build-run.ts';
import type { OwnImages } from './own-images.ts';

/**
 * Copies the build's disks behind the payloads of a job disk, which gets the size of its handle.
 * @param images what disks of single steps begin as
 * @param path the job disk as it was written: a raw file on this host
 * @throws AdapterError `disk-full`; the signal's reason
 */
export async function packDisks(
  run: BuildRun,
  path: string,
  job: DiskHandle,
  parts: readonly PackedDisk[],
  images: OwnImages,
): Promise<void> {
  await explained(path, async () => {
    const file = openSync(path, 'r+');
    try {
      ftruncateSync(file, job.sizeBytes);
      for (const { handle, offsetBytes } of parts) {
        const image = images.get(handle.id);
        const from = run.buildDisks.includes(handle) ? await run.adapter.collect(handle) : image;
        if (from !== undefined) await copy(from, undefined, file, offsetBytes, run.context.signal);
      }
    } finally {
      closeSync(file);
    }
  });
}

/**
 * Makes ordinary disks of the packed ones that outlive the session, in the place of those that were copied.
 * @param packedPath a raw file with the packed disk's bytes
 * @throws AdapterError `disk-full`; the signal's reason
 */
export async function unpackDisks(run: BuildRun, packedPath: string, parts: readonly PackedDisk[]): Promise<void> {
  for (const { handle, offsetBytes, lengthBytes } of parts) {
    if (handle.role !== 'build') continue;
    if (run.buildDisks.includes(handle)) await run.adapter.remove(handle);
    const path = join(run.work.path, `${handle.id}.unpacked.img`);
    await explained(path, async () => {
      const file = openSync(path, 'w', 0o600);
      try {
        ftruncateSync(file, lengthBytes);
        await copy(packedPath, { offsetBytes, lengthBytes }, file, 0, run.context.signal);
      } finally {
        closeSync(file);
      }
    });
    await run.adapter.place(handle, { kind: 'take', path });
  }
}

/** Into a part of a file that holds nothing yet; zeros stay holes. */
async function copy(
  from: string,
  range: ByteRange | undefined,
  file: number,
  offsetBytes: number,
  signal: AbortSignal,
): Promise<void> {
  let position = offsetBytes;
  for (const chunk of fileChunks(from, range)) {
    writeSparsely(file, chunk, position);
    position += chunk.length;
    // Large disks take a while, in which Ctrl-C must be heard.
    await setImmediate();
    signal.throwIfAborted();
  }
}
