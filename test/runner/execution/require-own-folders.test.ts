// Folders of the user's stay where they are; what an earlier build handed out may be replaced.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireOwnFolders } from '../../../runner/execution/require-own-folders.ts';

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-out-'));
  out = join(folder, 'out');
  await mkdir(join(out, 'files'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const plan = {
  repository: 'r',
  buildFile: { name: 'web', version: '1', arch: 'x86_64' },
  steps: [{ artifacts: [{ name: 'files' }] }],
};

/** Of a plan only this is looked at. */
const required = () => Reflect.apply(requireOwnFolders, undefined, [plan, out, join(folder, 'state')]);

async function record(path: string, artifact: object | null): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify({ steps: [{}], artifacts: [artifact] }));
}

test('nothing, a file, a link or an empty folder in the way is replaced', async () => {
  await required();
  await rm(join(out, 'files'), { recursive: true });
  await required();
  await writeFile(join(out, 'files'), 'mine');
  await required();
  await rm(join(out, 'files'));
  await symlink(folder, join(out, 'files'));
  await required();
});

test('a folder with something in it is not', async () => {
  await writeFile(join(out, 'files/thesis'), 'mine');
  const told = `--out: ${out}/files is a folder that this build has not made, and the artifact "files" would take its place; move it away, or choose another --out.`;
  await expect(required()).rejects.toThrow(told);
  await record(join(out, 'web.record.json'), null);
  await expect(required()).rejects.toThrow(told);
  await record(join(out, 'web.record.json'), { name: 'files', kind: 'file' });
  await record(join(folder, 'state/records/r/web/1-x86_64.json'), { path: join(folder, 'files'), kind: 'folder' });
  await expect(required()).rejects.toThrow(told);
});

test('what an earlier build handed out there is, as one of its records tells', async () => {
  await writeFile(join(out, 'files/a'), 'made');
  await record(join(out, 'web.record.json'), { name: 'files', kind: 'folder' });
  await required();
  await rm(join(out, 'web.record.json'));
  await record(join(folder, 'state/records/r/web/1-x86_64.json'), { path: join(out, 'files'), kind: 'folder' });
  await required();
});
