// The output folder: refused before anything is built, never reached by a link that nobody named, and an earlier artifact stays until
// the new one is whole, also on another disk and on one that gets full.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { artifactFact } from '../../../runner/execution/artifact-facts.ts';
import { putArtifact, tryOutputFolder } from '../../../runner/execution/output-folder.ts';

let folder: string;
let out: string;
let mounts: string[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-out-'));
  out = join(folder, 'out');
  await mkdir(join(out, 'files'), { recursive: true });
});
afterEach(async () => {
  for (const place of mounts) execFileSync('umount', [place]);
  mounts = [];
  await rm(folder, { recursive: true });
});

const plan = {
  repository: 'r',
  buildFile: { name: 'web', version: '1', arch: 'x86_64' },
  steps: [{ artifacts: [{ name: 'files' }] }],
};

/** Of a plan only this is looked at. */
const opened = (path = out, below?: string): Promise<void> =>
  Reflect.apply(tryOutputFolder, undefined, [plan, { path, below }, join(folder, 'state')]);
const refusal = async (path: string, below?: string) =>
  opened(path, below).then(
    () => 'no refusal',
    (error: unknown) => (error instanceof Error ? error.message.replaceAll(folder, '') : String(error)),
  );

async function record(path: string, artifact: object | null): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify({ steps: [{}], artifacts: [artifact] }));
}

/** Another filesystem. */
async function disk(size: string): Promise<string> {
  const place = join(folder, `disk-${mounts.length}`);
  await mkdir(place);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place]);
  mounts.push(place);
  return place;
}

test('nothing, a file, a link or an empty folder in the way is replaced', async () => {
  await opened();
  await rm(join(out, 'files'), { recursive: true });
  await opened();
  expect(readdirSync(out)).toEqual([]);
  await writeFile(join(out, 'files'), 'mine');
  await opened();
  await rm(join(out, 'files'));
  await symlink(folder, join(out, 'files'));
  await opened();
  expect(readdirSync(out)).toEqual(['files']);
});

test('a folder with something in it is not, whatever lies beside it', async () => {
  await writeFile(join(out, 'files/thesis'), 'mine');
  const told =
    '--out: /out/files is a folder that this build has not made, and the artifact "files" would take its place; move it away, or choose another --out.';
  expect(await refusal(out)).toBe(told);
  // A working copy may bring a record along.
  await record(join(out, 'web.record.json'), { name: 'files', path: join(out, 'files'), kind: 'folder' });
  expect(await refusal(out)).toBe(told);
  await record(join(folder, 'state/records/r/web/1-x86_64.json'), { path: join(folder, 'files'), kind: 'folder' });
  expect(await refusal(out)).toBe(told);
  await record(join(folder, 'state/records/r/web/1-x86_64.json'), { path: join(out, 'files'), kind: 'folder' });
  expect(await refusal(out)).toBe('no refusal');
});

test('what can take no artifacts is refused', async () => {
  await writeFile(join(folder, 'file'), '');
  await symlink('/nowhere', join(folder, 'dangling'));
  await symlink('loop', join(folder, 'loop'));
  await mkdir(join(folder, 'sealed'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', join(folder, 'sealed')]);
  mounts.push(join(folder, 'sealed'));
  const places = ['file', 'file/below', 'dangling', 'dangling/below', 'loop', 'sealed', 'sealed/new', 'n'.repeat(300)];
  const found = await Promise.all(places.map((place) => refusal(join(folder, place))));
  expect([
    ...found.map((text) => text.replace(/n{300}/, 'nnn')),
    await refusal('/proc/new/folder'),
  ]).toMatchInlineSnapshot(`
    [
      "--out: /file cannot take the artifacts, because /file is not a folder; choose another folder.",
      "--out: /file/below cannot take the artifacts, because a part of this path is a file; choose another folder.",
      "--out: /dangling cannot take the artifacts, because /dangling is a link to "/nowhere", which does not exist; choose another folder.",
      "--out: /dangling/below cannot take the artifacts, because /dangling is a link to "/nowhere", which does not exist; choose another folder.",
      "--out: /loop cannot take the artifacts, because its links lead in a circle; choose another folder.",
      "--out: /sealed cannot take the artifacts, because that filesystem can only be read; choose another folder.",
      "--out: /sealed/new cannot take the artifacts, because that filesystem can only be read; choose another folder.",
      "--out: /nnn cannot take the artifacts, because a name in it is too long for the filesystem; choose another folder.",
      "--out: /proc/new/folder cannot take the artifacts, because no folder can be made there; choose another folder.",
    ]
  `);
  expect(await refusal(join(folder, 'a/new/folder'))).toBe('no refusal');
  // A build that fails leaves none.
  expect(existsSync(join(folder, 'a'))).toBe(false);
});

test('no link is followed to a place that nobody named', async () => {
  await mkdir(join(folder, 'home/.ssh'), { recursive: true });
  await mkdir(join(folder, 'clone/out'), { recursive: true });
  await symlink(join(folder, 'home/.ssh'), join(folder, 'clone/out/evil'));
  expect(await refusal(join(folder, 'clone/out/evil'), join(folder, 'clone'))).toMatchInlineSnapshot(
    `"/clone/out/evil is a link to "/home/.ssh", which vmb does not follow on the way to its default output folder; remove it, or name a folder with --out."`,
  );
  expect(await refusal(join(folder, 'clone/out/evil'))).toBe('no refusal');
  expect(await refusal(join(folder, 'clone/out/good'), join(folder, 'clone'))).toBe('no refusal');
  expect(readdirSync(join(folder, 'home/.ssh'))).toEqual([]);
});

const never = new AbortController().signal;
const put = async (from: string, to: string) =>
  putArtifact(from, await artifactFact('artifact', from, to, never), never);

test('a link in the place of an artifact is replaced, not followed', async () => {
  await writeFile(join(folder, 'victim'), 'as it was');
  await symlink(join(folder, 'victim'), join(out, 'image'));
  writeFileSync(join(folder, 'made'), 'new');
  await put(join(folder, 'made'), join(out, 'image'));
  expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('as it was');
  expect(readFileSync(join(out, 'image'), 'utf8')).toBe('new');
  expect(readdirSync(out).sort()).toEqual(['files', 'image']);
});

test('on another disk modes, times, hard links, holes and names are the same', async () => {
  const there = await disk('64m');
  const from = join(folder, 'made');
  const script = `mkdir -p "$1/sub"; cd "$1"
    printf x > sub/tool; chmod 4750 sub/tool; ln sub/tool sub/again; ln -s tool sub/link
    printf y > "$(printf 'na\\377me')"; truncate -s 64M sparse
    touch -h -d @1000000001 sub/link; touch -d @1000000000 sub/tool na* sparse; touch -d @1000000002 sub .`;
  execFileSync('sh', ['-euc', script, 'sh', from]);
  // How large a folder is, each filesystem counts in its own way.
  const list = (path: string) => {
    const lines = `cd "$1" && find . -printf '%y %m %n %s %T@ %p %l\\n' | sort | sed 's/^d \\([0-9]*\\) [0-9]* [0-9]* /d \\1 /' | od -c`;
    return execFileSync('sh', ['-euc', lines, 'sh', path]).toString();
  };
  const before = list(from);
  await put(from, join(there, 'made'));
  expect(list(join(there, 'made'))).toBe(before);
  expect(statSync(join(there, 'made/sparse')).blocks).toBe(0);
  expect(existsSync(from)).toBe(false);
});

test('on a disk that gets full the earlier artifact stays, and nothing else is left', async () => {
  const there = await disk('1m');
  writeFileSync(join(there, 'image'), 'earlier');
  writeFileSync(join(folder, 'made'), Buffer.alloc(4 * 1024 * 1024, 'x'));
  await expect(put(join(folder, 'made'), join(there, 'image'))).rejects.toMatchObject({
    code: 'ENOSPC',
    path: expect.stringContaining(there),
  });
  expect(readdirSync(there)).toEqual(['image']);
  expect(readFileSync(join(there, 'image'), 'utf8')).toBe('earlier');
  expect(existsSync(join(folder, 'made'))).toBe(true);
});

test('an interruption leaves the earlier artifact, too', async () => {
  const there = await disk('256m');
  writeFileSync(join(there, 'image'), 'earlier');
  truncateSync(writeMade(), 2 ** 36);
  const controller = new AbortController();
  const from = join(folder, 'made');
  const fact = { name: 'image', path: join(there, 'image'), kind: 'file', sizeBytes: 2 ** 36, sha256: '' } as const;
  setTimeout(() => controller.abort(new Error('interrupted')), 50);
  await expect(putArtifact(from, fact, controller.signal)).rejects.toThrow('interrupted');
  expect(readdirSync(there)).toEqual(['image']);
});

function writeMade(): string {
  const path = join(folder, 'made');
  writeFileSync(path, 'new');
  return path;
}
