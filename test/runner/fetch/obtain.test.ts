// Files come into the store from servers that behave, break, lie or wait; what does not come is told all at once, without secrets.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FetchUrl, fileNameOf, parseFetchUrl } from '../../../jobs/lib/fetch-url.ts';
import type { OptionPath } from '../../../jobs/lib/job.ts';
import type { BuildEvent } from '../../../runner/event.ts';
import { emptyLock } from '../../../runner/fetch/build-lock.ts';
import { type ObtainFacts, obtain } from '../../../runner/fetch/obtain.ts';
import { planFetch } from '../../../runner/fetch/plan-fetch.ts';
import { openStore } from '../../../runner/fetch/store.ts';
import type { Wish } from '../../../runner/fetch/wanted.ts';
import { type Answer, cutting, proxy, type Served, serve, whole } from './servers.ts';

const content = Buffer.alloc(300_000, 'vmb fetches ');
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

let folder: string;
let open: Served[] = [];
let events: BuildEvent[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmb-fetch-'));
  events = [];
});
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
  await rm(folder, { recursive: true });
});

const opened = async (answer: Answer) => {
  const served = await serve(answer);
  open.push(served);
  return served;
};

interface Wanted {
  readonly hex?: string;
  readonly algorithm?: 'sha256' | 'sha512';
  readonly mostBytes?: number;
  readonly retries?: number;
}

function wish(urls: readonly string[], wanted: Wanted = {}, line = 1): Wish {
  const at: OptionPath = ['url'];
  const parsed: FetchUrl[] = urls.map((url) => parseFetchUrl(url, at));
  const [first] = parsed;
  const { hex = sha256(content), algorithm = 'sha256', mostBytes = 1e6, retries = 3 } = wanted;
  const fileName = first === undefined ? '' : fileNameOf(first, 'x86_64');
  const plan = { kind: 'file', urls: parsed, digest: { algorithm, hex }, fileName, mostBytes, retries, at } as const;
  const locks = { folder, own: emptyLock, parents: new Map() };
  const facts = { folder, arch: 'x86_64', locks, unlocked: false, lockCommand: 'vmb lock' } as const;
  const fetched = planFetch(plan, 'fetched:x', facts);
  return { fetched, position: { file: '/b/build.toml', line, column: 1 } };
}

const times = { connectMs: 5_000, silenceMs: 400, retryMs: 1 };

function facts(changed: Partial<ObtainFacts> = {}): ObtainFacts {
  return {
    folders: { cache: join(folder, 'cache'), config: join(folder, 'config') },
    environment: {},
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    offline: false,
    times,
    ...changed,
  };
}

const stored = (hex = sha256(content)) => join(folder, 'cache/store/sha256', hex);

async function failure(wishes: readonly Wish[], changed: Partial<ObtainFacts> = {}): Promise<string> {
  try {
    await obtain(wishes, facts(changed));
  } catch (error) {
    expect(await readdir(join(folder, 'cache/store/incoming')).catch(() => [])).toEqual([]);
    return error instanceof Error
      ? open.reduce((text, { url }, i) => text.replaceAll(url, `http://server${i}`), error.message)
      : '';
  }
  throw new Error('it came');
}

test('a file over http, told once, and then from the store', async () => {
  const server = await opened(whole(content));
  await obtain([wish([`${server.url}/a/root.tar`]), wish([`${server.url}/b`])], facts());
  expect(await readFile(stored())).toEqual(content);
  expect(events).toEqual([
    { type: 'fetch', name: 'root.tar', from: `${server.url}/a/root.tar`, doneBytes: 300_000, totalBytes: 300_000 },
  ]);
  await obtain([wish([`${server.url}/a/root.tar`])], facts());
  expect(server.requests).toEqual(['GET /a/root.tar']);
});

test('nobody else looks into the store', async () => {
  const server = await opened(whole(content));
  await obtain([wish([`${server.url}/x`])], facts());
  expect((await stat(join(folder, 'cache/store'))).mode & 0o777).toBe(0o700);
});

test('a damaged file in the store is fetched anew', async () => {
  await mkdir(join(folder, 'cache/store/sha256'), { recursive: true });
  await writeFile(stored(), 'damaged');
  const server = await opened(whole(content));
  await obtain([wish([server.url])], facts());
  expect(await readFile(stored())).toEqual(content);
});

test('a connection that breaks twice goes on where it ended', async () => {
  const server = await opened(cutting(content, 2));
  await obtain([wish([`${server.url}/x`])], facts());
  expect(await readFile(stored())).toEqual(content);
  expect(server.requests[0]).toBe('GET /x');
  expect(server.requests.slice(1).every((line) => /^GET \/x bytes=[1-9]\d*-299999$/.test(line))).toBe(true);
});

test('a server that cannot go on where it ended: the next place', async () => {
  const broken = await opened(cutting(content, 1, false));
  const server = await opened(whole(content));
  await obtain([wish([`${broken.url}/x`, `${server.url}/x`])], facts());
  expect(server.requests).toEqual(['GET /x']);
});

test('what each place says, with a remedy, for all files at once', async () => {
  const server = await opened((incoming, response, count) => {
    if (incoming.url === '/gone') response.writeHead(404).end('no');
    else if (incoming.url === '/busy') response.writeHead(503).end('no');
    else if (incoming.url === '/other') whole(Buffer.from('other'))(incoming, response, count);
    else if (incoming.url === '/large') whole(content)(incoming, response, count);
    else if (incoming.url === '/endless') response.write(content.subarray(0, 5_000));
    else if (incoming.url === '/short') {
      response.writeHead(200, { 'content-length': 300_000 });
      response.write(content.subarray(0, 10), () => incoming.socket.destroy());
    } else response.writeHead(302, { location: '/loop' }).end();
  });
  const { url } = server;
  const message = await failure([
    wish([`${url}/gone`, `${url}/busy`, `file:nothing`], { retries: 1 }, 1),
    wish([`${url}/other`], { hex: 'a'.repeat(64) }, 2),
    wish([`${url}/large`], { hex: 'b'.repeat(64), mostBytes: 1024 }, 3),
    wish([`${url}/endless`], { hex: 'c'.repeat(64), retries: 0 }, 4),
    wish([`${url}/short`], { hex: 'd'.repeat(64), retries: 0 }, 5),
    wish([`${url}/loop`], { hex: 'e'.repeat(64) }, 6),
    wish(['file:/dev/zero'], { hex: 'f'.repeat(64) }, 7),
  ]);
  expect(message).toMatchInlineSnapshot(`
    "/b/build.toml:1:1: "gone" is not here and cannot be fetched (http://server0/gone: the server answers 404 (there is no such file), http://server0/busy: the server answers 503, file:nothing: there is no such file); correct the address, add another one to \`url\`, or bring the file from another machine with \`vmb lock --load FILE\`
    /b/build.toml:2:1: "other" is not here and cannot be fetched (http://server0/other: what came has the sha256 digest d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa, but aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa is expected); if the new content is what you mean, correct its digest in the build file, or run \`vmb lock --renew\`; otherwise take another address
    /b/build.toml:3:1: "large" is not here and cannot be fetched (http://server0/large: it is larger than max-size, which is 1KiB); raise max-size, if it may be so large
    /b/build.toml:4:1: "endless" is not here and cannot be fetched (http://server0/endless: the server says nothing any more); correct the address, add another one to \`url\`, or bring the file from another machine with \`vmb lock --load FILE\`
    /b/build.toml:5:1: "short" is not here and cannot be fetched (http://server0/short: the connection broke (UND_ERR_SOCKET)); correct the address, add another one to \`url\`, or bring the file from another machine with \`vmb lock --load FILE\`
    /b/build.toml:6:1: "loop" is not here and cannot be fetched (http://server0/loop: the server redirects more than 10 times); correct the address, add another one to \`url\`, or bring the file from another machine with \`vmb lock --load FILE\`
    /b/build.toml:7:1: "zero" is not here and cannot be fetched (file:/dev/zero: it is no plain file); correct the address, add another one to \`url\`, or bring the file from another machine with \`vmb lock --load FILE\`"
  `);
});

test('too large without a length before it came', async () => {
  const server = await opened((_, response) => {
    response.write(content);
    response.end(content);
  });
  expect(await failure([wish([`${server.url}/x`], { mostBytes: 400_000 })])).toMatchInlineSnapshot(
    `"/b/build.toml:1:1: "x" is not here and cannot be fetched (http://server0/x: it is larger than max-size, which is 400000 bytes); raise max-size, if it may be so large"`,
  );
});

test('user and password go to their own host, and are shown nowhere', async () => {
  const other = await opened(whole(content));
  const server = await opened((incoming, response) => {
    if (incoming.headers.authorization === undefined) response.writeHead(401).end();
    else response.writeHead(302, { location: `${other.url}/there` }).end();
  });
  const secret = server.url.replace('//', '//joe:s%40cret@');
  await obtain([wish([`${secret}/x?token=topsecret#part`])], facts());
  expect(server.requests).toEqual([`GET /x?token=topsecret Basic ${Buffer.from('joe:s@cret').toString('base64')}`]);
  expect(other.requests).toEqual(['GET /there']);
  const gone = await opened((_, response) => void response.writeHead(403).end());
  const message = await failure([
    wish([`${gone.url.replace('//', '//joe:s%40cret@')}/x?token=topsecret`], { hex: '0'.repeat(64) }),
  ]);
  expect(message).toContain(
    '"x" is not here and cannot be fetched (http://server2/x?…: the server answers 403 (forbidden))',
  );
  expect(JSON.stringify(events) + message).not.toMatch(/cret|topsecret/);
});

test('through the proxy of the environment, unless NO_PROXY names the host', async () => {
  const between = await proxy();
  open.push(between);
  const server = await opened(whole(content));
  await obtain([wish([`${server.url}/x`])], facts({ environment: { HTTP_PROXY: between.url } }));
  expect(between.requests).toEqual([`GET ${server.url}/x`]);
  await rm(stored());
  await obtain([wish([`${server.url}/y`])], facts({ environment: { http_proxy: between.url, NO_PROXY: '127.0.0.1' } }));
  expect(server.requests).toEqual(['GET /x', 'GET /y']);
});

test('a proxy as curl takes it, and one that is none, without its password', async () => {
  const between = await proxy();
  open.push(between);
  const server = await opened(whole(content));
  const environment = { http_proxy: between.url.replace('http://', '') };
  await obtain([wish([`${server.url}/x`])], facts({ environment }));
  expect(between.requests).toEqual([`GET ${server.url}/x`]);
  await rm(stored());
  for (const value of ['http://user:topsecret@a b:1', 'socks5://user:topsecret@host', 'http://']) {
    expect(await failure([wish([`${server.url}/x`])], { environment: { https_proxy: value } })).toBe(
      'https_proxy: this variable of the environment is no address of a proxy; write it like http://HOST:PORT, or unset it.',
    );
  }
});

test('nobody listens', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  const port = typeof address === 'object' ? address?.port : 0;
  const message = await failure([wish([`http://127.0.0.1:${port}/x`], { retries: 0 })]);
  expect(message).toContain('its host cannot be reached (ECONNREFUSED)');
});

test('files of the build folder and of the machine, also offline', async () => {
  await writeFile(join(folder, 'a file'), content);
  await obtain([wish(['file:a file'])], facts({ offline: true }));
  expect(existsSync(stored())).toBe(true);
  await rm(stored());
  await obtain([wish([`file://${encodeURI(join(folder, 'a file'))}`])], facts({ offline: true }));
  expect(existsSync(stored())).toBe(true);
});

test('a pipe is not waited for', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(await failure([wish(['file:pipe'])])).toContain('(file:pipe: it is no plain file)');
});

test('offline: what is missing is named, and how it comes here', async () => {
  expect(
    await failure([wish(['https://host.invalid/x.tar']), wish(['deb:dash=1'], { hex: '1'.repeat(64) }, 9)], {
      offline: true,
    }),
  ).toMatchInlineSnapshot(`
      "/b/build.toml:1:1: "x.tar" is not here and cannot be fetched (https://host.invalid/x.tar: nothing is fetched with --offline); build once without --offline, or bring it from another machine with \`vmb lock --load FILE\`
      /b/build.toml:9:1: "dash_1_amd64.deb" is not here and cannot be fetched (deb:dash=1: nothing is fetched with --offline); build once without --offline, or bring it from another machine with \`vmb lock --load FILE\`"
    `);
});

test('sha512', async () => {
  const hex = createHash('sha512').update(content).digest('hex');
  const server = await opened(whole(content));
  await obtain([wish([server.url], { algorithm: 'sha512', hex })], facts());
  expect(await openStore(join(folder, 'cache')).has({ algorithm: 'sha512', hex })).toBe(true);
});

test('Ctrl-C ends it', async () => {
  const controller = new AbortController();
  const server = await opened((_, response) => {
    response.write('x');
    setImmediate(() => controller.abort(new Error('interrupted')));
  });
  await expect(obtain([wish([server.url])], facts({ signal: controller.signal }))).rejects.toThrow('interrupted');
  expect(await readdir(join(folder, 'cache/store/incoming')).catch(() => [])).toEqual([]);
});
