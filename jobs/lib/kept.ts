// What a volume's filesystem cannot keep of files, told when the plan is made and not by the guest.
import type { Volume } from './disk.ts';
import type { Keeps } from './filesystem.ts';
import type { OptionPath, World } from './job.ts';
import { JobMistake } from './mistake.ts';
import { volumeName } from './place.ts';
import { quoted } from './quoted.ts';
import { sizeText } from './size.ts';
import type { Source } from './source.ts';
import { keepsOf } from './volume.ts';

const nouns = { mode: 'modes', owner: 'owners', xattrs: 'extended attributes' };

/** For an option that gives files a mode, an owner or attributes. @throws JobMistake */
export function checkKept(volume: Volume, option: keyof typeof nouns): void {
  const { modes, largestId, attributes } = keepsOf(volume);
  if ({ mode: modes, owner: largestId !== undefined, xattrs: attributes }[option]) return;
  throw new JobMistake([option], because(volume, `keeps no ${nouns[option]}`), 'leave it out');
}

/** @throws JobMistake for numbers that the filesystem has no room for */
export function checkOwner(volume: Volume, owner: { readonly uid: number; readonly gid: number }): void {
  const { largestId } = keepsOf(volume);
  if (largestId === undefined || (owner.uid <= largestId.user && owner.gid <= largestId.group)) return;
  throw new JobMistake(
    ['owner'],
    because(volume, `cannot keep the owner ${owner.uid}:${owner.gid}`),
    `choose numbers up to ${largestId.user} for the user and ${largestId.group} for the group`,
  );
}

/** Looks whether files of these names can be made. @throws JobMistake */
export function checkNames(volume: Volume, path: string, at: OptionPath): void {
  const { name: limit } = keepsOf(volume);
  for (const name of path.split('/')) {
    const length = limit.unit === 'bytes' ? Buffer.byteLength(name) : name.length;
    if (length > limit.most) {
      throw new JobMistake(
        at,
        because(volume, `cannot hold ${quoted(name)}, which is longer than ${limit.most} ${limit.unit}`),
        'choose a shorter name',
      );
    }
    if (limit.never?.like.test(name) === true) {
      throw new JobMistake(
        at,
        because(volume, `cannot hold ${quoted(name)}, ${limit.never.because}`),
        'choose another name',
      );
    }
    const culprit = [...name].find((character) => limit.without.includes(character) || forbids(limit, character));
    if (culprit === undefined) continue;
    throw new JobMistake(
      at,
      because(volume, `cannot hold ${quoted(name)}, which has the character ${quoted(culprit)}`),
      'choose another name',
    );
  }
}

/** What has forbidden characters at all, also has no control characters. */
function forbids({ without }: Keeps['name'], character: string): boolean {
  return without !== '' && character < ' ';
}

/** Looks whether a file that exists before the build can be as long as it is. @throws JobMistake */
export function checkLength(volume: Volume, source: Source, world: World, at: OptionPath): void {
  const { largestFileBytes } = keepsOf(volume);
  const bytes = world.sourceBytes(source, at);
  if (bytes === undefined || bytes <= largestFileBytes) return;
  throw new JobMistake(
    at,
    because(volume, `cannot hold a file of ${sizeText(bytes)}`),
    `take one of ${largestFileBytes} bytes or less, or another filesystem`,
  );
}

/** Lines for the plan of a step that unpacks what may have anything. */
export function lossNotes(volume: Volume): string[] {
  const { modes, largestId, attributes, symbolicLinks, hardLinks } = keepsOf(volume);
  const dropped = [
    ...(largestId === undefined ? ['owners'] : []),
    ...(modes ? [] : ['modes']),
    ...(attributes ? [] : ['extended attributes']),
  ];
  const impossible = [...(symbolicLinks ? [] : ['symbolic links']), ...(hardLinks ? [] : ['hard links'])];
  return [
    ...(dropped.length === 0 ? [] : [because(volume, `drops ${list(dropped)}`)]),
    ...(impossible.length === 0
      ? []
      : [because(volume, `has no ${list(impossible)}, and the step fails at the first`)]),
  ];
}

function because(volume: Volume, what: string): string {
  return `${quoted(volumeName(volume))} ${what}, because it is ${volume.filesystem?.type}`;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
