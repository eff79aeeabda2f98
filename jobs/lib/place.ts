// Reads how a build file names volumes and places in them: "main", "main:1", "main:/boot", "main:1:/etc/motd".
import type { Volume } from './disk.ts';
import type { OptionPath } from './job.ts';
import { JobMistake } from './mistake.ts';
import { quoted } from './quoted.ts';

export interface VolumeReference {
  readonly disk: string;
  /** 0 is the whole disk. */
  readonly number: number;
}

export interface PlaceReference extends VolumeReference {
  /** Absolute, without empty, "." and ".." components; a trailing slash stays, because copy-in gives it a meaning. */
  readonly path: string;
}

/** @throws JobMistake */
export function parseVolume(text: string, at: OptionPath): VolumeReference {
  const [disk = '', number, ...rest] = text.split(':');
  if (rest.length === 0 && number?.startsWith('/') !== true) return volumePart(text, text, at);
  const volume = number === undefined || number.startsWith('/') ? disk : `${disk}:${number}`;
  throw new JobMistake(
    at,
    `${quoted(text)} is a place in a volume, but this must be the volume itself`,
    `write ${quoted(volume)}`,
  );
}

/** @throws JobMistake */
export function parsePlace(text: string, at: OptionPath): PlaceReference {
  const slash = text.indexOf(':/');
  if (slash === -1) throw noPath(text, at);
  return { ...volumePart(text.slice(0, slash), text, at), path: pathPart(text.slice(slash + 1), at) };
}

function noPath(text: string, at: OptionPath): JobMistake {
  const [, volume, rest] = /^([^:]+:[0-9]+|[^:]+):(.+)$/.exec(text) ?? [];
  const meant = /^[^:]+(:[0-9]+)?:?$/.test(text) || volume === undefined ? undefined : `${volume}:/${rest}`;
  const example = `${text === '' ? 'main:1' : text.replace(/:$/, '')}:/etc/motd`;
  return new JobMistake(
    at,
    `${quoted(text)} names no path, because a place is a volume, a colon and a path that begins with "/"`,
    `write it like ${quoted(meant ?? example)}`,
  );
}

/** `text` is the volume's part of `whole`, which messages show. */
function volumePart(text: string, whole: string, at: OptionPath): VolumeReference {
  const [disk = '', number] = text.split(':');
  return { disk: diskPart(disk, whole, at), number: number === undefined ? 0 : numberPart(number, whole, at) };
}

/** How people write a volume: "main" or "main:1". */
export function volumeName(volume: Volume): string {
  return volume.number === 0 ? volume.disk.name : `${volume.disk.name}:${volume.number}`;
}

/** A path without its trailing slash: "/etc/" is "/etc", "/" stays. */
export function withoutSlash(path: string): string {
  return path === '/' ? path : path.replace(/\/$/, '');
}

/** An absolute path in a normal form. @throws JobMistake */
export function pathPart(path: string, at: OptionPath): string {
  const parts = path.split('/');
  if (!path.startsWith('/') || path.includes('\0') || parts.includes('..')) {
    throw new JobMistake(
      at,
      `${quoted(path)} cannot be a path here, because paths begin with "/" and hold neither ".." nor NUL`,
      'write the whole way from the root of the volume',
    );
  }
  const kept = parts.filter((part) => part !== '' && part !== '.');
  const slash = kept.length > 0 && /\/\.?$/.test(path) ? '/' : '';
  return `/${kept.join('/')}${slash}`;
}

function diskPart(disk: string, text: string, at: OptionPath): string {
  if (disk !== '') return disk;
  throw new JobMistake(
    at,
    `${quoted(text)} names no disk, because a volume is a disk, or a disk, a colon and a partition's number`,
    'write it like "main" or "main:1"',
  );
}

function numberPart(number: string, text: string, at: OptionPath): number {
  if (/^[1-9][0-9]{0,3}$/.test(number)) return Number(number);
  throw new JobMistake(
    at,
    `${quoted(text)} names no partition, because ${quoted(number)} is not a number from 1 on`,
    'write it like "main:1", or "main" for the whole disk',
  );
}
