// Compares what a build made with what another VMM made of the same build before, as its record tells.
import { readFile } from 'node:fs/promises';
import type { ArtifactFact } from '../event.ts';
import type { BuildRecord } from './record.ts';

/** What of an earlier record is compared. */
export interface EarlierRecord {
  readonly vmm: string;
  readonly startedAt: string;
  /** SHA-256 by name of the artifact. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Undefined when there is none, or none that can be read. */
export async function readEarlierRecord(path: string): Promise<EarlierRecord | undefined> {
  try {
    const { vmm, startedAt, artifacts }: BuildRecord = JSON.parse(await readFile(path, 'utf8'));
    const digests = new Map(artifacts.map(({ name, sha256 }) => [name, sha256]));
    return { vmm: vmm.name, startedAt, digests };
  } catch {
    return undefined;
  }
}

/** One line for people; undefined when the same VMM made both, which says nothing about VMMs. */
export function compareWithEarlier(
  artifacts: readonly ArtifactFact[],
  vmm: string,
  earlier: EarlierRecord | undefined,
): string | undefined {
  if (earlier === undefined || earlier.vmm === vmm || artifacts.length === 0) return undefined;
  const other = `the build with ${earlier.vmm} at ${earlier.startedAt}`;
  const different = artifacts.filter(({ name, sha256 }) => earlier.digests.get(name) !== sha256);
  if (different.length === 0) return `Every artifact has the same SHA-256 as in the record of ${other}.`;
  const names = different.map(({ name }) => name).join(', ');
  return `Not as in the record of ${other}: ${names}. The build has changed since then, or the VMMs disagree; vmb build --vmm ${earlier.vmm},${vmm} tells.`;
}
