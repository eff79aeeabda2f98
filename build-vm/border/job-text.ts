// The text of a job disk: a session as the lines that the guest agent reads, then its scripts. Pure.
import { createHash } from 'node:crypto';
import type { DiskHandle } from '../../vmm-adapters/lib/adapter.ts';
import { type Extent, protocolVersion, type Session, type SessionStep } from './session.ts';

const headerBytes = 512;
const blockBytes = 4096;
const mebibyte = 1024 * 1024;

/** Where everything lies on a job disk, in bytes from its beginning. */
export interface JobLayout {
  /** Header block and text. */
  readonly head: Buffer;
  /** One for each payload, in the order of the steps and of their payloads. */
  readonly payloads: readonly PayloadPlace[];
  readonly diskBytes: number;
}

export interface PayloadPlace {
  readonly step: number;
  readonly name: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** An earlier payload lies there, with the same bytes. */
  readonly isThere: boolean;
}

/** Lays a session out; the job disk's own length is not part of the text, so that it can be asked for before the disk is made. */
export function layOutJob(session: Session, nonce: string): JobLayout {
  const places: PayloadPlace[] = [];
  const shared = new Map<string, number>();
  let end = 0;
  for (const step of session.steps) {
    for (const { name, lengthBytes, sharedAs } of step.payloadsIn) {
      const there = sharedAs === undefined ? undefined : shared.get(sharedAs);
      places.push({
        step: step.number,
        name,
        offsetBytes: there ?? end,
        lengthBytes,
        isThere: there !== undefined,
      });
      if (there !== undefined) continue;
      if (sharedAs !== undefined) shared.set(sharedAs, end);
      end = roundUp(end + lengthBytes, blockBytes);
    }
  }
  const text = jobText(session, places);
  const digest = createHash('sha256').update(text).digest('hex');
  const header = `vmb-job ${protocolVersion} ${text.length} ${digest} ${nonce}`.padEnd(headerBytes, '\n');
  const area = roundUp(headerBytes + text.length, blockBytes);
  return {
    head: Buffer.concat([Buffer.from(header, 'latin1'), text]),
    payloads: places.map((place) => ({ ...place, offsetBytes: area + place.offsetBytes })),
    diskBytes: roundUp(area + end, mebibyte),
  };
}

/** Bytes that the job disk of a session needs; the length of the job disk's own handle does not matter. */
export function jobDiskBytes(session: Session): number {
  return layOutJob(session, '0'.repeat(32)).diskBytes;
}

/** What the agent grants a step before it ends it: whole seconds, at least one. */
export function timeLimitSeconds({ timeoutMs }: Pick<SessionStep, 'timeoutMs'>): number {
  return Math.max(1, Math.ceil(timeoutMs / 1000));
}

/** Where /tmp lies, or what steps bring out; undefined where a session has none. */
export function extentOf(session: Session, role: 'scratch' | 'payload-out'): Extent | undefined {
  const said = role === 'scratch' ? session.scratch : session.payloadOut;
  const own = session.disks.find((disk) => disk.role === role);
  return said ?? (own && { disk: own.id, offsetBytes: 0, lengthBytes: own.sizeBytes });
}

function jobText(session: Session, places: readonly PayloadPlace[]): Buffer {
  const lines = [`version ${session.protocol}`, `epoch ${session.epochSeconds}`, ...session.disks.map(diskLine)];
  for (const { name, disk, offsetBytes, lengthBytes } of session.regions) {
    lines.push(`region ${word(name)} ${diskNumber(session, disk)} ${offsetBytes} ${lengthBytes}`);
  }
  for (const role of ['scratch', 'payload-out'] as const) {
    const extent = extentOf(session, role);
    if (extent === undefined) continue;
    lines.push(`${role} ${diskNumber(session, extent.disk)} ${extent.offsetBytes} ${extent.lengthBytes}`);
  }
  const scripts = session.steps.map((step) => Buffer.from(step.script, 'utf8'));
  let offset = 0;
  for (const [index, step] of session.steps.entries()) {
    const length = scripts[index]?.length ?? 0;
    const timeoutSeconds = timeLimitSeconds(step);
    lines.push(
      `step ${step.number} ${offset} ${length} ${timeoutSeconds} ${step.clockSeconds} ${printable(step.title)}`,
    );
    for (const place of places.filter(({ step: number }) => number === step.number)) {
      lines.push(`payload ${step.number} ${word(place.name)} ${place.offsetBytes} ${place.lengthBytes}`);
    }
    offset += length;
  }
  return Buffer.concat([Buffer.from(`${lines.join('\n')}\n\n`, 'latin1'), ...scripts]);
}

function diskLine(disk: DiskHandle, index: number): string {
  return `disk ${index + 1} ${disk.role} ${disk.role === 'job' ? '-' : disk.sizeBytes}`;
}

/** Disks count from 1 in bus order. */
function diskNumber(session: Session, id: string): number {
  const index = session.disks.findIndex((disk) => disk.id === id);
  if (index === -1) throw new Error(`Internal error: session ${session.id} has no disk ${id}.`);
  return index + 1;
}

/** Names become file names and words of a shell in the guest. */
function word(name: string): string {
  if (/^[a-z0-9][a-z0-9.-]*$/.test(name)) return name;
  throw new Error(`Internal error: ${JSON.stringify(name)} cannot be a name in a job text.`);
}

/** Titles are for people who look at the disk; the agent counts bytes of the lines, in any locale. */
function printable(title: string): string {
  return title.replace(/[^ -~]/g, '?');
}

function roundUp(bytes: number, unit: number): number {
  return Math.ceil(bytes / unit) * unit;
}
