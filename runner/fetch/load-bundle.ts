// Takes the inputs of a build from a file of another machine: nothing in it is believed, every file must have the digest of its name.
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BorderError } from '../../build-vm/border/border-error.ts';
import { extractTar } from '../../build-vm/border/tar-read.ts';
import { type Digest, digestDigits } from '../../jobs/lib/digest.ts';
import { move } from '../execution/move.ts';
import { fileChunks } from '../payload/file-bytes.ts';
import { quoted } from '../printable.ts';
import { RunnerError } from '../runner-error.ts';
import { bundled } from './save-bundle.ts';
import { digestOfFile, openStore } from './store.ts';

/** `buildFolder`: where the build folder goes; it is left out without. @throws RunnerError `host`: then nothing was taken */
export async function loadBundle(
  file: string,
  buildFolder: string | undefined,
  cacheFolder: string,
  signal: AbortSignal,
): Promise<{ readonly files: number }> {
  if (buildFolder !== undefined && existsSync(buildFolder)) {
    throw new RunnerError('usage', `vmb lock: --to: ${buildFolder} is there already; name a new folder.`);
  }
  const store = openStore(cacheFolder);
  const unpacked = await store.newFile();
  await mkdir(unpacked);
  try {
    await unpack(file, unpacked, signal);
    const found = await checkedFiles(file, unpacked, signal);
    for (const { path, digest } of found) await store.keep(path, digest);
    if (buildFolder !== undefined) {
      await mkdir(dirname(buildFolder), { recursive: true });
      await move(join(unpacked, bundled.build), buildFolder);
    }
    return { files: found.length };
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function unpack(file: string, folder: string, signal: AbortSignal): Promise<void> {
  const bytes = async function* () {
    for (const chunk of fileChunks(file)) {
      signal.throwIfAborted();
      yield chunk;
    }
  };
  try {
    await extractTar(bytes(), folder);
  } catch (error) {
    if (error instanceof BorderError) throw wrong(file, error.message, error);
    throw error;
  }
}

interface CheckedFile {
  readonly path: string;
  readonly digest: Digest;
}

async function checkedFiles(file: string, folder: string, signal: AbortSignal): Promise<CheckedFile[]> {
  const known = new Set(Object.values(bundled));
  for (const name of await readdir(folder)) {
    if (!known.has(name) || !(await isFolder(join(folder, name))))
      throw wrong(file, `${quoted(name)} does not belong there.`);
  }
  if (!(await isFolder(join(folder, bundled.build)))) throw wrong(file, 'there is no build folder in it.');
  const names = await readdir(join(folder, bundled.build), { recursive: true });
  // git would take its settings, which name programs, for the user's own.
  const git = names.find((name) => /(?:^|\/)\.git(?:\/|$)/i.test(name));
  if (git !== undefined) throw wrong(file, `${quoted(git)} does not belong there.`);
  const found: CheckedFile[] = [];
  const stored = join(folder, bundled.store);
  for (const algorithm of await readdir(stored).catch(() => [])) {
    if (algorithm !== 'sha256' && algorithm !== 'sha512')
      throw wrong(file, `${quoted(algorithm)} does not belong there.`);
    for (const hex of await readdir(join(stored, algorithm))) {
      const path = join(stored, algorithm, hex);
      const digest = { algorithm, hex } as const;
      await checkFile(file, path, digest, signal);
      found.push({ path, digest });
    }
  }
  return found;
}

async function checkFile(file: string, path: string, { algorithm, hex }: Digest, signal: AbortSignal): Promise<void> {
  const isName = hex.length === digestDigits[algorithm] && /^[0-9a-f]+$/.test(hex);
  const facts = await lstat(path);
  // A second name of another file would change when that is moved or written.
  if (!isName || !facts.isFile() || facts.nlink !== 1) throw wrong(file, `${quoted(hex)} does not belong there.`);
  if ((await digestOfFile(path, algorithm, signal)) === hex) return;
  throw wrong(file, `${algorithm}/${hex} has another digest than its name says.`);
}

async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

function wrong(file: string, what: string, cause?: unknown): RunnerError {
  return new RunnerError(
    'host',
    `${file}: nothing is taken from it, because it is not what \`vmb lock --bundle\` wrote: ${what} Write it again, and compare "sha256sum" of both copies.`,
    { cause },
  );
}
