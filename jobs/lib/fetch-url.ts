// Reads where a fetch takes its bytes from: "https://…", "file:files/x", "file:/srv/x", "deb:busybox=1:1.35.0-4".
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { JobMistake } from './mistake.ts';
import { quoted } from './quoted.ts';

type Path = JobMistake['path'];
type BuildArch = 'x86_64' | 'i686';

interface Shown {
  /** For people, logs and records: no password, no query. */
  readonly shown: string;
  /** What `build.lock` calls it: as shown, with a mark that tells one query from another. */
  readonly key: string;
}

export type FetchUrl =
  | (Shown & {
      readonly kind: 'http';
      /** Without user and password. May hold secrets in its query. */
      readonly href: string;
      /** "user:password", not encoded; a secret. */
      readonly credentials: string | undefined;
    })
  /** Absolute, or a path in the build folder. */
  | (Shown & { readonly kind: 'file'; readonly path: string })
  | (Shown & DebianPackage);

export interface DebianPackage {
  readonly kind: 'deb';
  readonly name: string;
  readonly version: string;
  /** As Debian names it: amd64, i386, all. Undefined: that of the build, or all. */
  readonly arch: string | undefined;
}

const debianPackage =
  /^deb:(?:\/\/)?([a-z0-9][a-z0-9+.-]*[a-z0-9+])(?::(amd64|i386|all))?=([A-Za-z0-9][A-Za-z0-9.+:~-]*)$/;

/** @throws JobMistake */
export function parseFetchUrl(text: string, at: Path): FetchUrl {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return httpUrl(text, at);
  if (scheme === 'file') return fileUrl(text, at);
  if (scheme === 'deb') return debUrl(text, at);
  const shown = quoted(withoutSecrets(text));
  throw scheme === undefined
    ? new JobMistake(
        at,
        `${shown} says not by what way it is fetched`,
        `write "file:…" for a file, or a whole https://…`,
      )
    : new JobMistake(
        at,
        `${shown} begins with ${quoted(`${scheme}:`)}, by which vmb does not fetch`,
        'use https:, http:, file: or deb:',
      );
}

/** The last part of its path, or nothing where that is no plain file name. */
export function fileNameOf(url: FetchUrl, arch: BuildArch): string {
  if (url.kind === 'deb') return debFileName({ ...url, arch: url.arch ?? debianArch(arch) });
  const path = url.kind === 'file' ? url.path : decoded(new URL(url.href).pathname);
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /^[^./\u0000-\u001f\u007f][^/\u0000-\u001f\u007f]{0,254}$/.test(name) ? name : '';
}

/** As in Debian's archive, where the epoch of a version is no part of file names. */
export function debFileName({ name, version, arch }: { name: string; version: string; arch: string }): string {
  return `${name}_${version.replace(/^[0-9]+:/, '')}_${arch}.deb`;
}

export function debianArch(arch: BuildArch): 'amd64' | 'i386' {
  return arch === 'x86_64' ? 'amd64' : 'i386';
}

function httpUrl(text: string, at: Path): FetchUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') {
    throw new JobMistake(
      at,
      `${quoted(withoutSecrets(text))} is no address, because what follows the scheme must be a host and a path`,
      'write it like "https://host/path/file.tar"',
    );
  }
  const hasUser = url.username !== '' || url.password !== '';
  const credentials = hasUser ? `${decoded(url.username)}:${decoded(url.password)}` : undefined;
  const query = url.search;
  url.username = '';
  url.password = '';
  url.hash = '';
  const bare = `${url.origin}${url.pathname}`;
  const href = url.href;
  if (query === '') return { kind: 'http', href, credentials, shown: bare, key: bare };
  return { kind: 'http', href, credentials, shown: `${bare}?…`, key: `${bare}?${queryMark(query)}` };
}

/** 16 bits: enough to see that a query is another one, too few to find out a secret that it holds. */
function queryMark(query: string): string {
  return createHash('sha256').update(query).digest('hex').slice(0, 4);
}

function fileUrl(text: string, at: Path): FetchUrl {
  const rest = text.slice('file:'.length);
  const path = rest.startsWith('//') ? pathOfUrl(text) : rest;
  if (path === undefined || path === '' || path.endsWith('/') || path.includes('\0')) {
    throw new JobMistake(
      at,
      `${quoted(text)} names no file of this machine`,
      'write file: and a path in the build folder, or file: and an absolute path',
    );
  }
  return { kind: 'file', path, shown: `file:${path}`, key: `file:${path}` };
}

/** The file of "file:///srv/x"; another host's is none. */
function pathOfUrl(text: string): string | undefined {
  try {
    return fileURLToPath(text);
  } catch {
    return undefined;
  }
}

function debUrl(text: string, at: Path): FetchUrl {
  const [, name, arch, version] = debianPackage.exec(text) ?? [];
  if (name === undefined || version === undefined) {
    throw new JobMistake(
      at,
      `${quoted(text)} names no Debian package, because that takes a name and a version, and may take an architecture`,
      'write it like "deb:busybox=1:1.35.0-4+b4" or "deb:busybox:amd64=1:1.35.0-4+b4"',
    );
  }
  return { kind: 'deb', name, version, arch, shown: text, key: text };
}

/** For a text that is no URL, but may have been meant as one. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//…@').replace(/\?.*$/s, '?…');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
