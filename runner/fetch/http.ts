// Gets files over http and https: through the proxies that the environment names, with retries that resume. The only file that knows undici.
import { EnvHttpProxyAgent, errors, RetryAgent } from 'undici';
import { RunnerError } from '../runner-error.ts';
import type { Environment } from '../state/folders.ts';
import { FetchError } from './fetch-error.ts';
import type { Incoming } from './receive.ts';
import type { FileOrigin } from './wanted.ts';

export interface HttpClient {
  /** @throws FetchError; the bytes throw one, too */
  get(origin: Extract<FileOrigin, { kind: 'http' }>, retries: number, signal: AbortSignal): Promise<Incoming>;
  close(): Promise<void>;
}

/** Servers that say nothing for so long are given up; slow ones that go on are not. */
export interface HttpTimes {
  readonly connectMs: number;
  readonly silenceMs: number;
  /** Before the first retry; twice as long before each further one. */
  readonly retryMs: number;
}

const patientTimes: HttpTimes = { connectMs: 20_000, silenceMs: 60_000, retryMs: 500 };
const longestRetryMs = 30_000;
const mostRedirects = 10;

export function openHttp(environment: Environment, times = patientTimes): HttpClient {
  const variable = (name: string) => environment[name] ?? environment[name.toUpperCase()] ?? '';
  const agent = new EnvHttpProxyAgent({
    httpProxy: proxyOf('http_proxy', variable),
    httpsProxy: proxyOf('https_proxy', variable),
    noProxy: variable('no_proxy'),
    // Plain http goes to the proxy as a request: many proxies allow CONNECT for https only.
    proxyTunnel: false,
    connect: { timeout: times.connectMs },
    headersTimeout: times.silenceMs,
    bodyTimeout: times.silenceMs,
  });
  return {
    async get(origin, retries, signal) {
      const retrying = retryAgent(agent, retries, times);
      return follow(retrying, origin, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        throw asFetchError(error);
      });
    },
    close: () => agent.destroy(),
  };
}

/** Its value may hold a password, so that no message has it. @throws RunnerError `usage` */
function proxyOf(name: string, variable: (name: string) => string): string {
  const value = variable(name);
  if (value === '') return value;
  // As curl does.
  const address = value.includes('://') ? value : `http://${value}`;
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address;
  throw new RunnerError(
    'usage',
    `${name}: this variable of the environment is no address of a proxy; write it like http://HOST:PORT, or unset it.`,
  );
}

function retryAgent(agent: EnvHttpProxyAgent, maxRetries: number, times: HttpTimes): RetryAgent {
  return new RetryAgent(agent, {
    // undici counts the first try as well.
    maxRetries,
    minTimeout: times.retryMs,
    maxTimeout: longestRetryMs,
    errorCodes: [...lostConnections, 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT'],
  });
}

/**
 * undici 7.30 asserts, outside of any promise, when a reader that was slow for a moment has paused it and the server ends the connection
 * (HTTP/1.0, `Connection: close`). So it is never paused; `receive` writes each piece before the next one is read, which keeps memory flat.
 */
const neverFull = 2 ** 30;

const lostConnections = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENETDOWN', 'ENETUNREACH', 'EHOSTDOWN', 'EAI_AGAIN'];
const redirects = new Set([301, 302, 303, 307, 308]);

/** Redirects are followed here, so that a password goes to no other host and nothing leads from https to http. */
async function follow(
  agent: RetryAgent,
  origin: Extract<FileOrigin, { kind: 'http' }>,
  signal: AbortSignal,
): Promise<Incoming> {
  let url = new URL(origin.href);
  const first = url.origin;
  for (let count = 0; count <= mostRedirects; count++) {
    const authorization =
      origin.credentials === undefined || url.origin !== first
        ? {}
        : { authorization: `Basic ${Buffer.from(origin.credentials).toString('base64')}` };
    const { statusCode, headers, body } = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      headers: { 'user-agent': 'vmb', accept: '*/*', 'accept-encoding': 'identity', ...authorization },
      highWaterMark: neverFull,
      signal,
    });
    if (statusCode === 200) {
      const modifiedSeconds = dateOf(headers['last-modified']);
      return { bytes: withFetchErrors(body, signal), totalBytes: lengthOf(headers['content-length']), modifiedSeconds };
    }
    body.on('error', () => undefined).destroy();
    if (!redirects.has(statusCode)) throw statusError(statusCode);
    url = nextOf(url, headers['location']);
  }
  throw new FetchError('refused', `the server redirects more than ${mostRedirects} times`);
}

function nextOf(url: URL, location: string | string[] | undefined): URL {
  const text = Array.isArray(location) ? location[0] : location;
  if (text === undefined || !URL.canParse(text, url.href)) {
    throw new FetchError('refused', 'the server redirects, but to no address');
  }
  const next = new URL(text, url);
  if (next.protocol !== 'http:' && next.protocol !== 'https:') {
    throw new FetchError('refused', `the server redirects to ${next.protocol}, which vmb does not follow`);
  }
  if (url.protocol === 'https:' && next.protocol === 'http:') {
    throw new FetchError('refused', 'the server redirects from https to http, where others could read along');
  }
  return next;
}

function statusError(statusCode: number): FetchError {
  const code = statusCode === 404 || statusCode === 410 ? 'not-found' : 'refused';
  return new FetchError(code, `the server answers ${statusCode}${meanings.get(statusCode) ?? ''}`);
}

const meanings = new Map([
  [401, ' (it wants a user and a password)'],
  [403, ' (forbidden)'],
  [404, ' (there is no such file)'],
  [407, ' (the proxy wants a user and a password)'],
  [410, ' (the file is gone)'],
]);

async function* withFetchErrors(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    signal.throwIfAborted();
    throw asFetchError(error);
  }
}

function lengthOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^[0-9]{1,15}$/.test(header) ? Number(header) : undefined;
}

function dateOf(header: string | string[] | undefined): number | undefined {
  const ms = typeof header === 'string' ? Date.parse(header) : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

/** Messages of undici and Node may hold addresses with their queries, so only their codes are told. */
function asFetchError(cause: unknown): FetchError {
  if (cause instanceof FetchError) return cause;
  if (cause instanceof errors.RequestRetryError) {
    if (cause.statusCode >= 400) return statusError(cause.statusCode);
    return new FetchError('broken', 'the connection broke, and the server cannot go on where it ended', { cause });
  }
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return new FetchError('timeout', 'the server says nothing any more', { cause });
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new FetchError('unreachable', 'its host cannot be found', { cause });
  }
  if (code === 'ECONNREFUSED' || code.startsWith('EHOST') || code.startsWith('ENET')) {
    return new FetchError('unreachable', `its host cannot be reached (${code})`, { cause });
  }
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER/.test(code)) {
    return new FetchError(
      'refused',
      `its certificate is not trusted (${code}; NODE_EXTRA_CA_CERTS names further ones)`,
      {
        cause,
      },
    );
  }
  return new FetchError('broken', `the connection broke${code === '' ? '' : ` (${code})`}`, { cause });
}
