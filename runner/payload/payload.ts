// Makes the bytes that go in with a step: normalised raw tars of host files and texts, or files as they are.
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { tarLengthBytes, writeTar } from '../../build-vm/border/tar-write.ts';
import { digestText } from '../../jobs/lib/digest.ts';
import type { PayloadInPlan } from '../../jobs/lib/job.ts';
import { JobMistake } from '../../jobs/lib/mistake.ts';
import type { Payload, PreparedPayload } from '../plan/plan.ts';
import { quoted } from '../printable.ts';
import { fetchedEntries, onlyFile, totalBytes } from './fetched-entries.ts';
import { digestFile, unchangedChunks } from './file-bytes.ts';
import { type Located, locate, type SourceFacts } from './locate.ts';
import { scan, UnreadableInput } from './scan.ts';
import { type TarContent, textContent, treeContent } from './tar-entries.ts';

export interface PayloadFacts {
  readonly sources: SourceFacts;
  readonly vars: ReadonlyMap<string, string>;
  readonly epochSeconds: number;
  /** Takes the names of variables that files use. */
  readonly usedVars?: Set<string>;
}

/** Reads and digests what exists before the build. @throws JobMistake */
export function planPayload(plan: PayloadInPlan, facts: PayloadFacts): Payload {
  const { name, at } = plan;
  if (plan.kind === 'text') {
    const made = tarOf(textContent(plan.text, plan.as, { ...facts, attributes: plan.attributes, at }));
    return {
      name,
      input: { name: 'text', digest: made.digest, sizeBytes: made.sizeBytes },
      prepare: () => made.prepared,
    };
  }
  const located = locate(plan.source, facts.sources, at);
  const make = (path: string) => (plan.kind === 'raw' ? rawOf(path) : treeOf(plan, path, facts));
  if (located.kind === 'artifact') {
    // What will stand in it is not known yet: it may use any.
    if (plan.kind === 'tree' && plan.attributes.substitute === true)
      for (const name of facts.vars.keys()) facts.usedVars?.add(name);
    const input = { name: located.label, digest: undefined, sizeBytes: undefined };
    return { name, input, prepare: (artifacts) => make(existing(artifacts, located.name)).prepared };
  }
  if (located.kind === 'fetched') return planFetched(plan, located, facts);
  if (plan.kind === 'raw' && statSync(located.path).isDirectory()) {
    throw new JobMistake(at, `${quoted(located.label)} is a folder, but this must be a file`, 'name a file in it');
  }
  const made = asMistake(at, () => make(located.path));
  return {
    name,
    input: { name: located.label, digest: made.digest, sizeBytes: made.sizeBytes },
    prepare: () => made.prepared,
  };
}

/** Its digest is known before its bytes are here, which is once the build begins. */
function planFetched(
  plan: Extract<PayloadInPlan, { kind: 'tree' | 'raw' }>,
  { label, fetched }: Extract<Located, { kind: 'fetched' }>,
  facts: PayloadFacts,
): Payload {
  const { name, at } = plan;
  const { storePath } = facts.sources;
  if (plan.kind === 'raw') {
    const { digest, sizeBytes } = onlyFile(fetched, at);
    const prepare = () => rawOf(storePath(digest)).prepared;
    return { name, input: { name: label, digest: digestText(digest), sizeBytes }, prepare };
  }
  if (plan.attributes.substitute === true) {
    throw new JobMistake(at, 'variables are not replaced in what is fetched', 'leave `substitute` out');
  }
  const [only] = fetched.files;
  const top = plan.as === '' && fetched.kind === 'file' ? (only?.fileName ?? '') : plan.as;
  if (top === '' && fetched.kind === 'file') {
    throw new JobMistake(at, 'what was fetched has no name of its own', 'add the name of the file to where it goes');
  }
  const make = (withSizes: boolean) => {
    const entries = fetchedEntries(fetched, storePath, withSizes);
    return tarOf(treeContent(entries, top, { ...facts, attributes: plan.attributes, at }));
  };
  const sizeBytes = totalBytes(fetched);
  return { name, input: { name: label, digest: make(false).digest, sizeBytes }, prepare: () => make(true).prepared };
}

interface MadePayload {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly prepared: PreparedPayload;
}

function rawOf(path: string): MadePayload {
  const { sizeBytes, sha256 } = digestFile(path);
  const open = async function* () {
    yield* unchangedChunks(path, sha256);
  };
  return { digest: sha256, sizeBytes, prepared: { lengthBytes: sizeBytes, open } };
}

function treeOf(plan: Extract<PayloadInPlan, { kind: 'tree' }>, path: string, facts: PayloadFacts): MadePayload {
  const scanned = scan(path);
  // Without a name a file keeps its own, and a folder gives its content.
  const top = plan.as === '' && scanned[0]?.kind !== 'folder' ? basename(path) : plan.as;
  return tarOf(treeContent(scanned, top, { ...facts, attributes: plan.attributes, at: plan.at }));
}

function tarOf({ entries, digest, sizeBytes }: TarContent): MadePayload {
  return { digest, sizeBytes, prepared: { lengthBytes: tarLengthBytes(entries), open: () => writeTar(entries) } };
}

function existing(artifacts: ReadonlyMap<string, string>, name: string): string {
  const path = artifacts.get(name);
  if (path === undefined) throw new Error(`Internal error: the artifact ${name} does not exist yet`);
  return path;
}

function asMistake<T>(at: PayloadInPlan['at'], make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof UnreadableInput)) throw error;
    const what = `${error.message}, so that it cannot be brought in`;
    throw new JobMistake(at, what, 'name readable files and folders only', { cause: error });
  }
}
