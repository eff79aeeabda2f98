// Packs a session's disks into two, for VMMs that attach no more: behind the payloads of the job disk lies everything else. Pure.
import type { DiskHandle } from '../../vmm-adapters/lib/adapter.ts';
import { extentOf, jobDiskBytes } from './job-text.ts';
import type { Extent, Session } from './session.ts';

/** A disk of the session before it was packed, and where its bytes lie now. */
export interface PackedDisk extends Extent {
  readonly handle: DiskHandle;
}

export interface PackedSession {
  /** Two disks: the system disk, and the job disk with everything in it. */
  readonly session: Session;
  /** In their order; without the system disk and the job disk themselves. */
  readonly parts: readonly PackedDisk[];
}

const alignmentBytes = 1024 * 1024;

/** @param session its system disk is the first and its job disk the second */
export function packSession(session: Session): PackedSession {
  // Larger offsets have more digits, and the text with them lies before everything that they count.
  for (let begin = 0; ; ) {
    const packed = packFrom(session, begin);
    const needed = jobDiskBytes(packed.session);
    if (needed <= begin) return packed;
    begin = needed;
  }
}

function packFrom(session: Session, begin: number): PackedSession {
  const [system, job, ...others] = session.disks;
  if (system === undefined || job === undefined) throw new Error(`Internal error: ${session.id} has no job disk.`);
  let end = begin;
  const parts = others.map((handle): PackedDisk => {
    const offsetBytes = end;
    end += Math.ceil(handle.sizeBytes / alignmentBytes) * alignmentBytes;
    return { handle, disk: job.id, offsetBytes, lengthBytes: handle.sizeBytes };
  });
  const moved = <E extends Extent>(extent: E): E => {
    const part = parts.find(({ handle }) => handle.id === extent.disk);
    if (part === undefined) throw new Error(`Internal error: ${extent.disk} cannot be packed in ${session.id}.`);
    return { ...extent, disk: job.id, offsetBytes: part.offsetBytes + extent.offsetBytes };
  };
  const scratch = extentOf(session, 'scratch');
  const payloadOut = extentOf(session, 'payload-out');
  return {
    parts,
    session: {
      ...session,
      disks: [system, { ...job, sizeBytes: end }],
      regions: session.regions.map(moved),
      ...(scratch === undefined ? {} : { scratch: moved(scratch) }),
      ...(payloadOut === undefined ? {} : { payloadOut: moved(payloadOut) }),
    },
  };
}
