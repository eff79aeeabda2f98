// Servers on the loopback for the tests of fetches: well-behaved ones, ones that break, lie or wait, and a proxy.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Served {
  readonly url: string;
  /** "GET /path range" for each request, as it came. */
  readonly requests: string[];
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** `answer` gets how many requests came before. */
export async function serve(answer: Answer): Promise<Served> {
  const requests: string[] = [];
  const server = createServer((incoming, response) => {
    const { method, url, headers } = incoming;
    requests.push([method, url, headers.range, headers.authorization].filter((part) => part !== undefined).join(' '));
    answer(incoming, response, requests.length - 1);
  });
  return { requests, ...(await listen(server)) };
}

async function listen(server: Server): Promise<Pick<Served, 'url' | 'close'>> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${port}`, close };
}

/** Gives a file, or the part that is asked for. */
export function whole(content: Buffer, headers: Readonly<Record<string, string>> = {}): Answer {
  return (incoming, response) => {
    const start = Number(/^bytes=(\d+)-/.exec(incoming.headers.range ?? '')?.[1] ?? 0);
    const part = content.subarray(start);
    const range = start === 0 ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(start === 0 ? 200 : 206, { ...headers, ...range, 'content-length': part.length });
    response.end(part);
  };
}

/** Cuts the first connections in the middle, then gives the rest. */
export function cutting(content: Buffer, times: number, resumes = true): Answer {
  const good = whole(content, { etag: '"1"' });
  return (incoming, response, count) => {
    if (!resumes) delete incoming.headers.range;
    if (count >= times) return good(incoming, response, count);
    const start = Number(/^bytes=(\d+)-/.exec(incoming.headers.range ?? '')?.[1] ?? 0);
    const part = content.subarray(start);
    const range = start === 0 ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(start === 0 ? 200 : 206, { etag: '"1"', ...range, 'content-length': part.length });
    response.write(part.subarray(0, 1000), () => incoming.socket.destroy());
  };
}

/** A proxy for plain http: passes on what is asked with a whole address. */
export async function proxy(): Promise<Served> {
  return serve((incoming, response) => {
    const passed = request(incoming.url ?? '', { headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    passed.end();
  });
}
