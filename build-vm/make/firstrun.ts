// Makes what a target-VM needs to carry out a job, an input of builds (`vmb:firstrun`): a tar of the agent, what it needs of a
// machine with a system of its own, and busybox for both, which lie together in /usr/lib/vmb of the target.
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type TarEntry, writeTar } from '../border/tar-write.ts';
import { fixedEpochSeconds } from './kernel-recipe.ts';
import { type Sources, targetFileNames } from './sources.ts';

/** Parts of the build-VM's agent that know nothing of the machine. */
const shared = ['agent', 'carry-out.sh', 'disk-order.sh', 'frames.sh', 'job-disk.sh', 'listener.sh', 'ticker.sh'];

const common = { uid: 0, gid: 0, mtimeSeconds: fixedEpochSeconds };

/** Writes the archive to `file`; its bytes depend on those files only. */
export async function makeFirstrun(file: string, sources: Sources, busyboxFile: string): Promise<void> {
  const paths = new Map([
    ...shared.map((name) => [name, join(sources.guestFolder, name)] as const),
    ...targetFileNames(sources).map((name) => [name, join(sources.targetFolder, name)] as const),
    ['busybox', busyboxFile] as const,
  ]);
  const names = [...paths.keys()].sort();
  const entries = await Promise.all(names.map((name) => entryOf(name, paths.get(name) ?? '')));
  // Something is mounted there while the agent runs, even where the root is read-only.
  entries.push({ type: 'folder', path: 'run', mode: 0o700, ...common });
  await pipeline(Readable.from(writeTar(entries)), createWriteStream(file));
}

async function entryOf(path: string, file: string): Promise<TarEntry> {
  const bytes = await readFile(file);
  const isProgram = path === 'busybox' || bytes.subarray(0, 2).toString('latin1') === '#!';
  const content = async function* () {
    yield bytes;
  };
  return { type: 'file', path, mode: isProgram ? 0o755 : 0o644, ...common, sizeBytes: bytes.length, content };
}
