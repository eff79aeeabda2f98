// Judges a machine's host key by the lines of known_hosts files; pure. Format: OpenSSH's sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
import { createHash, createHmac } from 'node:crypto';

/** A file of known hosts that could be read. */
export interface KnownHostsFile {
  readonly path: string;
  readonly text: string;
}

export type HostKeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  /** The host is known by other keys; `where` is the first of them, "/home/joe/.ssh/known_hosts:7". */
  | { readonly kind: 'changed'; readonly where: string }
  | { readonly kind: 'revoked'; readonly where: string };

interface KnownKey {
  readonly where: string;
  readonly isRevoked: boolean;
  readonly type: string;
  readonly key: Buffer;
}

/** `name` as known_hosts writes it: see `knownHostName`. */
export function judgeHostKey(files: readonly KnownHostsFile[], name: string, key: Buffer): HostKeyVerdict {
  const keys = keysOf(files, name);
  const same = keys.filter((known) => known.key.equals(key));
  const revoked = same.find(({ isRevoked }) => isRevoked);
  if (revoked !== undefined) return { kind: 'revoked', where: revoked.where };
  if (same.length > 0) return { kind: 'known' };
  const [other] = keys.filter(({ isRevoked }) => !isRevoked);
  return other === undefined ? { kind: 'unknown' } : { kind: 'changed', where: other.where };
}

/** Types of the keys that a host is known by ("ssh-ed25519"): a server with several keys is asked for one of these. */
export function knownKeyTypes(files: readonly KnownHostsFile[], name: string): string[] {
  return [...new Set(keysOf(files, name).flatMap(({ isRevoked, type }) => (isRevoked ? [] : [type])))];
}

/** "build1", or "[build1]:2222" for another port than ssh's own. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** As ssh shows it: "SHA256:…". */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The first string of a public key's bytes (RFC 4253, section 6.6). */
export function keyTypeOf(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0);
  return key.toString('latin1', 4, 4 + Math.min(length, 64));
}

function keysOf(files: readonly KnownHostsFile[], name: string): KnownKey[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => keyOf(line.trim(), name, `${path}:${index + 1}`) ?? []),
  );
}

function keyOf(line: string, name: string, where: string): KnownKey | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  const words = line.split(/[ \t]+/);
  const marker = line.startsWith('@') ? words.shift() : undefined;
  // A certificate authority's key vouches for certificates, which ssh2 does not know; it is no host's own key.
  if (marker !== undefined && marker !== '@revoked') return undefined;
  const [hosts = '', type = '', base64 = ''] = words;
  if (base64 === '' || !fits(hosts, name)) return undefined;
  return { where, isRevoked: marker === '@revoked', type, key: Buffer.from(base64, 'base64') };
}

function fits(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return fitsHashed(hosts, name);
  const patterns = hosts.toLowerCase().split(',');
  const denied = patterns.some((pattern) => pattern.startsWith('!') && fitsPattern(pattern.slice(1), name));
  return !denied && patterns.some((pattern) => fitsPattern(pattern, name));
}

/** "|1|salt|hash": HMAC-SHA1 of the name, both in base64. */
function fitsHashed(hosts: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = hosts.split('|');
  if (version !== '1' || hash === '') return false;
  const own = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return own.equals(Buffer.from(hash, 'base64'));
}

/** "*" stands for any characters, "?" for one; brackets are themselves. */
function fitsPattern(pattern: string, name: string): boolean {
  let [at, start, retry] = [0, -1, 0];
  let position = 0;
  while (position < name.length) {
    if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[position]) && pattern[at] !== '*') {
      at += 1;
      position += 1;
    } else if (pattern[at] === '*') {
      start = at;
      retry = position;
      at += 1;
    } else if (start >= 0) {
      retry += 1;
      [at, position] = [start + 1, retry];
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
