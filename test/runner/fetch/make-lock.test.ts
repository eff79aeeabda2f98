// A lock is made by fetching once and by asking apt; what it says is fetched by apt, by mirrors, or from a bundle.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { FetchPlan } from '../../../jobs/lib/fetch-plan.ts';
import { parseFetchUrl } from '../../../jobs/lib/fetch-url.ts';
import { type BuildLock, emptyLock, formatBuildLock, parseBuildLock } from '../../../runner/fetch/build-lock.ts';
import { loadBundle } from '../../../runner/fetch/load-bundle.ts';
import { type LockWish, makeLock } from '../../../runner/fetch/make-lock.ts';
import { obtain } from '../../../runner/fetch/obtain.ts';
import { planFetch } from '../../../runner/fetch/plan-fetch.ts';
import { saveBundle } from '../../../runner/fetch/save-bundle.ts';
import { trustedLines } from '../../../runner/fetch/trusted.ts';
import { makeRepository, type Repository } from './debian-repository.ts';

let folder: string;
let repository: Repository;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-lock-'));
  await mkdir(join(folder, 'build'));
  await mkdir(join(folder, 'archive'));
  await writeFile(join(folder, 'build/x.txt'), 'hello\n');
  await utimes(join(folder, 'build/x.txt'), 0, Date.UTC(2026, 0, 15) / 1000);
  await writeFile(join(folder, 'build/build.toml'), '');
  repository = makeRepository(join(folder, 'archive'), [
    { name: 'hello', version: '1:2.0-1', depends: 'libhello' },
    { name: 'libhello', version: '1.5~rc1+b2' },
    { name: 'base', version: '1', essential: true },
    { name: 'other', version: '1' },
  ]);
});
beforeEach(() => rm(join(folder, 'cache'), { recursive: true, force: true }));
afterAll(() => rm(folder, { recursive: true }));

const limits = { mostBytes: 1e6, retries: 0, at: ['url'] };
const hello: FetchPlan = { kind: 'packages', names: ['hello'], essential: true, recommends: false, ...limits };
const file = (url: string): FetchPlan => {
  return { kind: 'file', urls: [parseFetchUrl(url, [])], digest: undefined, fileName: 'x', ...limits };
};

/** Without a lock it is one that is locked now. */
function wish(plan: FetchPlan, lock?: BuildLock, line = 1): LockWish {
  const facts = {
    folder: join(folder, 'build'),
    arch: 'x86_64',
    locks: { folder: join(folder, 'build'), own: lock ?? emptyLock, parents: new Map() },
    unlocked: lock === undefined,
    lockCommand: 'vmb lock --repo r --name n',
  } as const;
  return { plan, fetched: planFetch(plan, 'fetched:x', facts), position: { file: '/b/build.toml', line, column: 1 } };
}

const facts = (commands = repository.commands) => ({
  folders: { cache: join(folder, 'cache'), config: join(folder, 'config') },
  environment: {},
  signal: new AbortController().signal,
  emit: () => undefined,
  commands,
  before: emptyLock,
  renew: false,
  offline: false,
});

test('what is trusted is written and read, and the second time nothing is asked', async () => {
  const wishes = [hello, file('file:x.txt'), file('deb:other=1')].map((plan) => wish(plan));
  const { lock, trusted } = await makeLock(wishes, facts());
  // What dpkg-deb writes depends on its version.
  const masked = (text: string) => text.replaceAll(/[0-9a-f]{64}/g, 'SHA').replaceAll(/ \d{3,}\b| \d+ KiB/g, ' SIZE');
  expect(masked(trusted.flatMap(trustedLines).join('\n'))).toMatchInlineSnapshot(`
    "amd64 essential: hello: 3 packages, SIZE, as the apt sources of this machine have it
      base      1           all  SIZE
      hello     1:2.0-1     all  SIZE
      libhello  1.5~rc1+b2  all  SIZE
    file:x.txt: 6 bytes, taken as it lies on this machine
      sha256 SHA
    deb:other=1: SIZE, taken as the apt sources of this machine have it
      sha256 SHA"
  `);
  const text = formatBuildLock(lock);
  expect(masked(text)).toMatchInlineSnapshot(`
    "# What the fetches of this build were found to be. Written by \`vmb lock\`; keep it with the build file.
    # epoch, the clock of a build without one | file ADDRESS, digest and bytes | packages WISH, then NAME VERSION ARCH BYTES SHA-256 PATH IN THE ARCHIVE

    epoch SIZE-01-15T00:00:00Z

    file deb:other=1
      sha256 SHA SIZE

    file file:x.txt
      sha256 SHA 6

    packages amd64 essential: hello
      base 1 all SIZE SHA pool/main/base/base_1_all.deb
      hello 1:2.0-1 all SIZE SHA pool/main/hello/hello_2.0-1_all.deb
      libhello 1.5~rc1+b2 all SIZE SHA pool/main/libhello/libhello_1.5~rc1+b2_all.deb
    "
  `);
  expect(parseBuildLock(text, 'build.lock')).toEqual(lock);
  const calls = repository.calls.length;
  const locked = [hello, file('file:x.txt'), file('deb:other=1')].map((plan) => wish(plan, lock));
  expect((await makeLock(locked, { ...facts(), before: lock })).trusted).toEqual([]);
  expect(repository.calls.length).toBe(calls);
  expect((await makeLock(locked, { ...facts(), before: lock, renew: true })).trusted.length).toBe(3);
});

test('locked packages come by apt, each with its digest; the second time from the store', async () => {
  const { lock } = await makeLock([wish(hello)], facts());
  const wanted = wish(hello, lock);
  expect(wanted.fetched.files.map(({ fileName }) => fileName)).toEqual([
    'base_1_all.deb',
    'hello_2.0-1_all.deb',
    'libhello_1.5~rc1+b2_all.deb',
  ]);
  repository.calls.length = 0;
  await obtain([wanted], facts());
  expect(repository.calls).toEqual([
    'apt-get update',
    'apt-cache show base hello libhello',
    'apt-get download base=1 hello=1:2.0-1 libhello=1.5~rc1+b2',
  ]);
  await obtain([wanted], facts());
  expect(repository.calls.length).toBe(3);
  const stored = join(folder, 'cache/store/sha256', repository.sha256('hello'));
  expect(createHash('sha256').update(readFileSync(stored)).digest('hex')).toBe(repository.sha256('hello'));
});

test('what apt has no more comes from a mirror of the user', async () => {
  const { lock } = await makeLock([wish(hello)], facts());
  const without = { ...repository.commands, run: () => Promise.reject(new Error('E: no lists')) };
  const failed = obtain([wish(hello, lock, 7)], facts(without));
  await expect(failed).rejects.toThrow(
    '/b/build.toml:7:1: "hello_2.0-1_all.deb" is not here and cannot be fetched (deb:hello:all=1:2.0-1: apt-get: no lists); name a mirror that still has it in fetch.toml',
  );
  await mkdir(join(folder, 'config'), { recursive: true });
  const settings = join(folder, 'config/fetch.toml');
  await writeFile(settings, `deb-mirrors = ["file:/nowhere", "file:${repository.folder}"]\n`);
  await obtain([wish(hello, lock)], facts(without));
  await writeFile(settings, 'deb-mirror = []\n');
  await rm(join(folder, 'cache'), { recursive: true });
  await expect(obtain([wish(hello, lock)], facts(without))).rejects.toThrow(
    `${settings}: there is no setting "deb-mirror"; deb-mirrors is the only one.`,
  );
  await rm(settings);
});

test('what apt does not know, all at once', async () => {
  const none: FetchPlan = { ...hello, names: ['nothing'] };
  const made = makeLock(
    [wish(none, undefined, 3), wish(file('deb:hello=9'), undefined, 5), wish(file('file:y'), undefined, 8)],
    facts(),
  );
  await expect(made).rejects.toThrowErrorMatchingInlineSnapshot(`
    [RunnerError: /b/build.toml:3:1: what it asks for is not here and cannot be fetched (nothing: apt-get: Unable to locate package nothing); correct the name or the version, or the apt sources of this machine
    /b/build.toml:5:1: "x" is not here and cannot be fetched (deb:hello=9: the archives of this machine have 1:2.0-1); correct the name or the version, or the apt sources of this machine
    /b/build.toml:8:1: "x" is not here and cannot be fetched (file:y: there is no such file); correct the address, add another one to \`url\`, or bring the file from another machine with \`vmb lock --load FILE\`]
  `);
});

test('without a lock nothing is planned', () => {
  expect(() => wish(hello, emptyLock)).toThrow(
    'nothing says which versions these packages have and what they need, because build.lock has no such list; run `vmb lock --repo r --name n`',
  );
  expect(() => wish(file('https://host/x?a=b'), emptyLock)).toThrow(
    'nothing says what https://host/x?… must be, because neither sha256 nor sha512 is given and build.lock has no line for it; add sha256 = "…", or run `vmb lock --repo r --name n`',
  );
  expect(() => wish(file('file:../x'), emptyLock)).toThrow('"../x" leads out of the build folder');
});

test('a bundle carries everything, and a hostile one is refused whole', async () => {
  const plans = [hello, file('file:x.txt')];
  const { lock } = await makeLock(
    plans.map((plan) => wish(plan)),
    facts(),
  );
  const wishes = plans.map((plan) => wish(plan, lock));
  await obtain(wishes, facts());
  const bundle = join(folder, 'inputs.tar');
  await mkdir(join(folder, 'build/.git'));
  await writeFile(join(folder, 'build/.git/config'), 'url = https://user:topsecret@host/\n');
  const { signal } = facts();
  expect(
    (await saveBundle(bundle, [{ folder: join(folder, 'build'), place: '' }], wishes, join(folder, 'cache'), signal))
      .files,
  ).toBe(4);
  const other = join(folder, 'other-cache');
  expect(await loadBundle(bundle, join(folder, 'loaded'), other, signal)).toEqual({ files: 4 });
  expect(await readdir(join(folder, 'loaded'))).toEqual(['build.toml', 'x.txt']);
  await obtain(wishes, { ...facts(), folders: { cache: other, config: other }, offline: true });
  await expect(loadBundle(bundle, join(folder, 'loaded'), other, signal)).rejects.toThrow(
    'is there already; name a new folder.',
  );

  const bytes = readFileSync(bundle);
  const bad = join(folder, 'bad.tar');
  const third = join(folder, 'third-cache');
  const hostile: readonly (readonly [from: string, to: string, why: string])[] = [
    ['hello\n', 'hullo\n', 'has another digest than its name says.'],
    ['store/sha256', 'store/md5256', '"md5256" does not belong there.'],
    ['build/x.txt', '../ld/x.txt', 'Its path contains "..".'],
  ];
  for (const [from, to, why] of hostile) {
    await writeFile(bad, withNewSums(replaced(bytes, from, to)));
    await expect(loadBundle(bad, undefined, third, signal)).rejects.toThrow(why);
    expect(existsSync(join(third, 'store/sha256'))).toBe(false);
  }
  await writeFile(bad, 'no archive');
  await expect(loadBundle(bad, undefined, third, signal)).rejects.toThrow(
    `${bad}: nothing is taken from it, because it is not what \`vmb lock --bundle\` wrote: `,
  );
});

/** Every occurrence; both are of one length. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}

/** Headers with checksums that fit again. */
function withNewSums(bytes: Buffer): Buffer {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    if (bytes.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    bytes.fill(0x20, at + 148, at + 156);
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
  return bytes;
}
