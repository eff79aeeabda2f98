// Writes a job disk: head and payloads into a sparse raw file, payloads streamed so that memory stays flat.

import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { writeFullySync } from '../../base/write-fully.ts';
import { BorderError } from './border-error.ts';
import { gather } from './gather.ts';
import { layOutJob, type PayloadPlace } from './job-text.ts';
import type { Session } from './session.ts';
import { writeSparsely } from './sparse-file.ts';

const blockBytes = 1024 * 1024;

/** Opens the bytes of a payload of a session. */
export type PayloadSource = (step: number, name: string) => AsyncIterable<Uint8Array>;

/**
 * Makes the file at `path`, which must not exist.
 * @param signal ends it with the signal's reason
 * @throws BorderError `payload-length` when a payload has more or fewer bytes than the session says
 */
export async function writeJobDisk(
  path: string,
  session: Session,
  nonce: string,
  source: PayloadSource,
  signal?: AbortSignal,
): Promise<void> {
  const layout = layOutJob(session, nonce);
  const file = openSync(path, 'wx', 0o600);
  try {
    ftruncateSync(file, layout.diskBytes);
    writeFullySync(file, layout.head, 0);
    for (const place of layout.payloads) {
      if (!place.isThere) await writePayload(file, place, source(place.step, place.name), signal);
    }
  } finally {
    closeSync(file);
  }
}

async function writePayload(
  file: number,
  place: PayloadPlace,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let written = 0;
  for await (const chunk of gather(bytes, blockBytes)) {
    signal?.throwIfAborted();
    if (written + chunk.length > place.lengthBytes) throw wrongLength(place, 'more');
    writeSparsely(file, chunk, place.offsetBytes + written);
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
