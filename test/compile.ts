// The compiled program for tests that start it as a process: what they run is never older than the sources.
import { execFile } from 'node:child_process';
import { access, copyFile, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const sourceFolders = ['base', 'runner', 'jobs', 'vmm-adapters', 'build-vm'];

export interface Compiled {
  /** The compiled tree: runner/main.js and so on. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** dist/ as `make setup` leaves it when it is newer than every source, otherwise a tree of its own. */
export async function compile(): Promise<Compiled> {
  const dist = join(root, 'dist');
  if (await isNewerThanSources(join(dist, '.vmb-sources'))) return { folder: dist, remove: async () => undefined };
  // Inside the checkout, so that packages are found as they are from dist/.
  const parent = await mkdtemp(join(root, 'node_modules', '.vmb-test-'));
  const folder = join(parent, 'dist');
  await copyFile(join(root, 'package.json'), join(parent, 'package.json'));
  for (const name of ['images', 'build-vm']) await symlink(join(root, name), join(parent, name));
  // Wrong types are for `npm run types` to tell; tsc writes the files all the same.
  const tsc = join(root, 'node_modules/.bin/tsc');
  await promisify(execFile)(tsc, ['--outDir', folder], { cwd: root }).catch(() => undefined);
  await access(join(folder, 'runner', 'main.js'));
  return { folder, remove: () => rm(parent, { recursive: true }) };
}

async function isNewerThanSources(stamp: string): Promise<boolean> {
  const made = await stat(stamp).catch(() => undefined);
  if (made === undefined) return false;
  for (const folder of sourceFolders) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (!name.endsWith('.ts')) continue;
      if ((await stat(join(root, folder, name))).mtimeMs > made.mtimeMs) return false;
    }
  }
  return true;
}
