// Makes the bytes that go in with a step: normalised raw tars of host files and texts, or files as they are.
import { basename } from 'node:path';
import { type TarEntry, tarLengthBytes, writeTar } from '../../build-vm/border/tar-write.ts';
import type { PayloadInPlan } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import type { Payload, PreparedPayload } from '../plan/plan.ts';
import { digestFile, unchangedChunks } from './file-bytes.ts';
import { locate, type SourceFacts } from './locate.ts';
import { scan, UnreadableInput } from './scan.ts';
import { listingDigest, tarEntries, textEntry } from './tar-entries.ts';

export interface PayloadFacts {
  readonly sources: SourceFacts;
  readonly vars: ReadonlyMap<string, string>;
  readonly epochSeconds: number;
}

/** Reads and digests what exists before the build. @throws JobMistake */
export function planPayload(plan: PayloadInPlan, facts: PayloadFacts): Payload {
  if (plan.kind === 'text') {
    const entries = [textEntry(plan, facts.epochSeconds)];
    const sizeBytes = Buffer.byteLength(plan.text);
    return payloadOf(plan.name, { name: 'text', digest: listingDigest(entries), sizeBytes }, () => tarOf(entries));
  }
  const located = locate(plan.source, facts.sources, plan.at);
  const make = (path: string) => (plan.kind === 'raw' ? rawOf(path) : treeOf(plan, path, facts));
  if (located.kind === 'artifact') {
    const input = { name: located.label, digest: undefined, sizeBytes: undefined };
    return payloadOf(plan.name, input, (artifacts) => {
      const path = artifacts.get(located.name);
      if (path === undefined) throw new Error(`Internal error: the artifact ${located.name} does not exist yet`);
      return make(path).prepared;
    });
  }
  const made = asMistake(plan, () => make(located.path));
  const input = { name: located.label, digest: made.digest, sizeBytes: made.sizeBytes };
  return payloadOf(plan.name, input, () => made.prepared);
}

function payloadOf(name: string, input: Payload['input'], prepare: Payload['prepare']): Payload {
  return { name, input, prepare };
}

interface MadePayload {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly prepared: PreparedPayload;
}

function rawOf(path: string): MadePayload {
  const { sizeBytes, sha256 } = digestFile(path);
  const prepared = {
    lengthBytes: sizeBytes,
    open: async function* () {
      yield* unchangedChunks(path, sha256);
    },
  };
  return { digest: sha256, sizeBytes, prepared };
}

function treeOf(plan: Extract<PayloadInPlan, { kind: 'tree' }>, path: string, facts: PayloadFacts): MadePayload {
  const scanned = scan(path);
  const top = plan.as === '' || plan.as.endsWith('/') ? topName(plan, scanned[0]?.kind, path) : plan.as;
  const entries = tarEntries(scanned, top, plan.attributes, facts);
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  return { digest: listingDigest(entries), sizeBytes, prepared: tarOf(entries) };
}

/** Where the top of the source goes when `as` names a folder to put it into: a file keeps its name, a folder is that folder. */
function topName(plan: Extract<PayloadInPlan, { kind: 'tree' }>, kind: string | undefined, path: string): string {
  if (kind === 'folder') return plan.as.replace(/\/$/, '');
  return `${plan.as}${basename(path)}`;
}

function tarOf(entries: readonly TarEntry[]): PreparedPayload {
  return { lengthBytes: tarLengthBytes(entries), open: () => writeTar(entries) };
}

function asMistake<T>(plan: { readonly at: PayloadInPlan['at'] }, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    throw new JobMistake(
      plan.at,
      `${error.message}, so that it cannot be brought in`,
      'name readable files and folders only',
      { cause: error },
    );
  }
}
