// Writes a job disk: head and payloads into a sparse raw file, payloads streamed so that memory stays flat.
import { type FileHandle, open } from 'node:fs/promises';
import { BorderError } from './border-error.ts';
import { layOutJob, type PayloadPlace } from './job-text.ts';
import type { Session } from './session.ts';

/** Opens the bytes of a payload of a session. */
export type PayloadSource = (step: number, name: string) => AsyncIterable<Uint8Array>;

/**
 * Makes the file at `path`, which must not exist.
 * @throws BorderError `payload-length` when a payload has more or fewer bytes than the session says
 */
export async function writeJobDisk(
  path: string,
  session: Session,
  nonce: string,
  source: PayloadSource,
): Promise<void> {
  const layout = layOutJob(session, nonce);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.truncate(layout.diskBytes);
    await writeFully(file, layout.head, 0);
    for (const place of layout.payloads) await writePayload(file, place, source(place.step, place.name));
  } finally {
    await file.close();
  }
}

async function writePayload(file: FileHandle, place: PayloadPlace, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let written = 0;
  for await (const chunk of bytes) {
    if (written + chunk.length > place.lengthBytes) throw wrongLength(place, 'more');
    await writeSparsely(file, chunk, place.offsetBytes + written);
    written += chunk.length;
  }
  if (written !== place.lengthBytes) throw wrongLength(place, `only ${written}`);
}

function wrongLength(place: PayloadPlace, found: string): BorderError {
  return new BorderError(
    'payload-length',
    `Payload ${place.name} of step ${place.step} should have ${place.lengthBytes} bytes but has ${found}: its files changed while they were read. Run the build again when nothing writes to them.`,
  );
}

const zeros = Buffer.alloc(64 * 1024);

/** Leaves holes where a piece is all zeros: the file is new, so a hole reads the same. */
export async function writeSparsely(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const piece = bytes.subarray(at, at + zeros.length);
    if (zeros.compare(piece, 0, piece.length, 0, piece.length) !== 0) await writeFully(file, piece, position + at);
  }
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
