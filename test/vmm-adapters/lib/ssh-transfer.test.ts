// Files to another machine and back, through a real sshd, and through one that lies.
import { chmod, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Transfer } from '../../../vmm-adapters/lib/adapter.ts';
import { AdapterError } from '../../../vmm-adapters/lib/adapter-error.ts';
import { localCommands } from '../../../vmm-adapters/lib/command.ts';
import { lookThrough } from '../../../vmm-adapters/lib/file-ranges.ts';
import type { RemoteFiles } from '../../../vmm-adapters/lib/remote-files.ts';
import { connectSsh, type SshConnection } from '../../../vmm-adapters/lib/ssh-connection.ts';
import { type Sftp, sftpFiles } from '../../../vmm-adapters/lib/ssh-files.ts';
import { readSshSettings } from '../../../vmm-adapters/lib/ssh-settings.ts';
import { fetchFile, sendFile } from '../../../vmm-adapters/lib/ssh-transfer.ts';
import { type PrivateSshd, startSshd } from './private-sshd.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const mebibyte = 1024 * 1024;
const never = new AbortController().signal;
const host = 'joe@build1';
let sshd: PrivateSshd;
let connection: SshConnection;
let files: RemoteFiles;
let folder: string;
let from: string;
let to: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-transfer-'));
  sshd = await startSshd([], await lyingServer());
  const settings = await readSshSettings(sshd.address, { home: sshd.clientHome, agent: '' });
  connection = await connectSsh(sshd.address, never, settings);
  files = await connection.files();
});
afterAll(async () => {
  await connection.close();
  await sshd.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  from = join(folder, 'here.raw');
  to = join(folder, 'there.raw');
  for (const path of [from, to, `${to}.part`]) await rm(path, { force: true });
});

/** The real sftp-server behind a program that changes one word in what goes through it, either way. */
async function lyingServer(): Promise<string> {
  const path = join(folder, 'lying-server');
  const lie = `import { spawn } from 'node:child_process';
const server = spawn('${process.cwd()}/node_modules/.vmb-sshd/usr/lib/openssh/sftp-server', { stdio: ['pipe', 'pipe', 'inherit'] });
const changed = (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('HONEST', 'HOSTIL'), 'latin1');
process.stdin.on('data', (bytes) => server.stdin.write(changed(bytes))).on('end', () => server.stdin.end());
server.stdout.on('data', (bytes) => process.stdout.write(changed(bytes)));
server.on('exit', (code) => process.exit(code));`;
  await writeFile(`${path}.mjs`, lie);
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${path}.mjs'\n`);
  await chmod(path, 0o755);
  return path;
}

async function digestThere(path: string): Promise<string> {
  return (await localCommands.run('sha256sum', ['--', path])).stdout.slice(0, 64);
}

/** 40 MiB with 3 MiB of data in three places. */
async function makeSample(word = 'plain'): Promise<void> {
  const file = await open(from, 'w');
  await file.truncate(40 * mebibyte);
  for (const offset of [0, 17 * mebibyte, 39 * mebibyte]) {
    const bytes = Buffer.alloc(mebibyte, `${word} ${offset} `);
    await file.write(bytes, 0, bytes.length, offset);
  }
  await file.close();
}

const request = () => ({ files, host, name: 'the disk main', digestThere });

test('there and back, sparse on both sides, with progress', async () => {
  await makeSample();
  const told: Transfer[] = [];
  const look = await sendFile({ ...request(), from, to, onTransfer: (transfer) => told.push(transfer) });
  expect(look).toEqual(await lookThrough(to));
  expect((await stat(to)).blocks * 512).toBeLessThan(4 * mebibyte);
  expect(told).toHaveLength(48);
  expect(told.at(-1)).toEqual({
    host,
    direction: 'there',
    name: 'the disk main',
    doneBytes: 3 * mebibyte,
    totalBytes: 3 * mebibyte,
  });
  const back = join(folder, 'back.raw');
  await fetchFile({ ...request(), from: to, to: back, sizeBytes: look.sizeBytes, ranges: look.ranges });
  expect(await lookThrough(back)).toEqual(look);
  expect((await stat(back)).blocks * 512).toBeLessThan(4 * mebibyte);
});

test('files of no and of odd lengths', async () => {
  for (const content of ['', 'x', 'y'.repeat(65_537)]) {
    await rm(to, { force: true });
    await writeFile(from, content);
    await sendFile({ ...request(), from, to });
    expect(await readFile(to, 'utf8')).toBe(content);
  }
});

test('an interrupted transfer goes on where it was', async () => {
  await writeFile(from, Buffer.alloc(16 * mebibyte, 'some text '));
  const clock = new AbortController();
  const half = sendFile({
    ...request(),
    from,
    to,
    resume: true,
    signal: clock.signal,
    onTransfer: ({ doneBytes }) => doneBytes > 10 * mebibyte && clock.abort(),
  });
  await expect(half).rejects.toThrow('aborted');
  await expect(stat(to)).rejects.toThrow('ENOENT');
  const written: number[] = [];
  const watched: RemoteFiles = {
    ...files,
    async open(path, how) {
      const file = await files.open(path, how);
      return {
        ...file,
        put: async (offset, bytes) => file.put(offset, bytes).then(() => void written.push(offset)),
      };
    },
  };
  await sendFile({ ...request(), files: watched, from, to, resume: true });
  expect(Math.min(...written)).toBeGreaterThan(4 * mebibyte);
  expect(await digestThere(to)).toBe((await lookThrough(from)).sha256);
});

test('what was left of another transfer does no harm', async () => {
  await makeSample();
  await writeFile(`${to}.part`, Buffer.alloc(20 * mebibyte, 'something else'));
  await sendFile({ ...request(), from, to, resume: true });
  expect(await digestThere(to)).toBe((await lookThrough(from)).sha256);
});

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof AdapterError)) throw new Error(`not refused: ${String(error)}`);
  return `${error.code} ${error.message}`.replaceAll(folder, '/test').replace(/[0-9a-f]{64}/g, 'DIGEST');
}

test('bytes that are changed on their way there', async () => {
  await makeSample('HONEST');
  expect(await refusal(sendFile({ ...request(), from, to }))).toMatchInlineSnapshot(
    `"host-altered joe@build1: /test/here.raw was sent there with the SHA-256 DIGEST, and arrived with DIGEST. Nothing of it was used; look at that machine's disk and memory, and at who else can write there."`,
  );
  await expect(stat(to)).rejects.toThrow('ENOENT');
});

test('bytes, sizes and digests that are changed on their way back', async () => {
  await makeSample('HONEST');
  const sizeBytes = 40 * mebibyte;
  const back = join(folder, 'back.raw');
  const fetch = (changes: object = {}) => refusal(fetchFile({ ...request(), from, to: back, sizeBytes, ...changes }));
  expect(await fetch()).toMatchInlineSnapshot(
    `"host-altered joe@build1: /test/here.raw has the SHA-256 DIGEST there, and what came here has DIGEST. Nothing of it was used; look at that machine's disk and memory, and at who else can write there."`,
  );
  expect(await fetch({ digestThere: async () => 'no \u001b[2J digest' })).toMatchInlineSnapshot(
    `"host-altered joe@build1: /test/here.raw has the SHA-256 "no \\u001b[2J digest" there, and what came here has DIGEST. Nothing of it was used; look at that machine's disk and memory, and at who else can write there."`,
  );
  // Data where it said that there is none.
  expect(await fetch({ ranges: [{ offset: 0, length: 65_536 }] })).toMatchInlineSnapshot(
    `"host-altered joe@build1: /test/here.raw has the SHA-256 DIGEST there, and what came here has DIGEST. Nothing of it was used; look at that machine's disk and memory, and at who else can write there."`,
  );
  await truncate(from, 39 * mebibyte);
  expect(await fetch()).toMatchInlineSnapshot(
    `"host-altered joe@build1: /test/here.raw has 40894464 bytes there, and should have 41943040. Nothing of it was used; look at that machine's disk and memory, and at who else can write there."`,
  );
  expect(
    await fetch({ sizeBytes: 39 * mebibyte, ranges: [{ offset: 38 * mebibyte, length: 2 * mebibyte }] }),
  ).toMatchInlineSnapshot(
    `"host-altered joe@build1: /test/here.raw ended at 40894464 while it was read. Nothing of it was used; look at that machine's disk and memory, and at who else can write there."`,
  );
  await rm(from);
  expect(await fetch()).toMatchInlineSnapshot(
    `"host-altered joe@build1: /test/here.raw has no bytes there, and should have 41943040. Nothing of it was used; look at that machine's disk and memory, and at who else can write there."`,
  );
});

/** Answers of a server that nobody can make a real one give. */
function scripted(answers: Partial<Sftp>): RemoteFiles {
  const none = () => {
    throw new Error('not asked in this test');
  };
  const all: Sftp = {
    stat: none,
    setstat: none,
    fsetstat: none,
    open: none,
    read: none,
    write: none,
    close: none,
    unlink: none,
    mkdir: none,
    readdir: none,
    ext_openssh_rename: none,
    ext_openssh_statvfs: none,
  };
  return sftpFiles({ ...all, ...answers }, host, new Promise(() => undefined));
}

test.each(['../../.bashrc', 'a/b', 'a\\b', 'a\nb', '', 'x'.repeat(256), '\u001b[2J'])(
  'a listing with %j',
  async (filename) => {
    const lying = scripted({
      readdir: (_, answer) => answer(undefined, [{ filename: '.' }, { filename: 'good' }, { filename }]),
    });
    expect(await refusal(lying.list('/work'))).toBe(
      `host-altered ${host}: the listing of /work holds ${JSON.stringify(filename)}, which is no file's name. Nothing of it was used; find out what answers there.`,
    );
  },
);

test('a full disk there', async () => {
  const failure = Object.assign(new Error('Failure'), { code: 4 });
  const full = scripted({
    setstat: (_path, _attributes, done) => done(failure),
    ext_openssh_statvfs: (_, answer) => answer(undefined, { f_bavail: 1n, f_frsize: 4096 }),
  });
  expect(await refusal(full.resize('/work/x.raw', 10))).toBe(
    `disk-full ${host}: the filesystem that /work/x.raw lies on is full. Free some space there.`,
  );
  const other = scripted({
    setstat: (_path, _attributes, done) => done(failure),
    ext_openssh_statvfs: (_, answer) => answer(undefined, { f_bavail: 1_000_000, f_frsize: 4096 }),
  });
  expect(await refusal(other.resize('/work/x.raw', 10))).toBe(`host-refused ${host}: /work/x.raw: Failure.`);
});
