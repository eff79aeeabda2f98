// The HTTP client under servers that close the connection behind each answer, before anybody has read it.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openHttp } from '../../../runner/fetch/http.ts';

let server: Server;
afterEach(() => {
  server.close();
});

/** As python3's http.server: HTTP/1.0, and the connection ends with the body. */
async function closing(
  withLength: boolean,
): Promise<{ url: (bytes: number) => string; closed: () => Promise<unknown> }> {
  const sockets: Socket[] = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', (request) => {
      const bytes = Number(/^GET \/(\d+)/.exec(request.toString())?.[1]);
      socket.write(`HTTP/1.0 200 OK\r\n${withLength ? `Content-Length: ${bytes}\r\n` : ''}\r\n`);
      socket.end(Buffer.alloc(bytes, 'x'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const closed = async () => {
    const socket = sockets.at(-1);
    if (socket?.writableFinished === false) await once(socket, 'finish');
  };
  return { url: (bytes) => `http://127.0.0.1:${port}/${bytes}`, closed };
}

const never = new AbortController().signal;
const times = { connectMs: 5_000, silenceMs: 5_000, retryMs: 1 };

test.each([true, false])('bodies of every size arrive whole, with a length: %s', async (withLength) => {
  const { url, closed } = await closing(withLength);
  const found: (readonly [number, number])[] = [];
  const sizes = Array.from({ length: 61 }, (_, index) => index * 5_000);
  for (const bytes of sizes) {
    const http = openHttp({}, times);
    const origin = { kind: 'http', href: url(bytes), credentials: undefined, shown: 'x' } as const;
    const incoming = await http.get(origin, 3, never);
    // Whoever is slow to read finds the connection at its end already.
    await closed();
    for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
    let received = 0;
    for await (const piece of incoming.bytes) received += piece.length;
    found.push([bytes, received]);
    await http.close();
  }
  expect(found).toEqual(sizes.map((bytes) => [bytes, bytes]));
});
