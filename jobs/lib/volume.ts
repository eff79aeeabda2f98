// How scripts get at a volume: mounted somewhere in the step's root, by what its filesystem needs.
import type { Filesystem, Volume } from './disk.ts';
import type { FilesystemKind, Keeps } from './filesystem.ts';
import { filesystemKind } from './filesystems.ts';
import type { OptionPath, World } from './job.ts';
import { JobMistake } from './mistake.ts';
import { volumeName } from './place.ts';
import { quoted } from './quoted.ts';
import { lines, type Script, sh } from './shell.ts';
import { useTools } from './tools.ts';

/** A volume together with the filesystem on it. */
export interface FormattedVolume extends Volume {
  readonly filesystem: Filesystem;
}

/** A volume that an earlier step formatted. @throws JobMistake */
export function formattedVolume(world: World, reference: string, at: OptionPath): FormattedVolume {
  const volume = world.volume(reference, at);
  checkHoldsFiles(volume, at);
  if (volume.filesystem !== undefined) return { ...volume, filesystem: volume.filesystem };
  throw unformatted(volume, at);
}

/** For what reads or writes files of a volume. @throws JobMistake */
export function checkHoldsFiles(volume: Volume, at: OptionPath): void {
  if (volume.filesystem === undefined) throw unformatted(volume, at);
  const { mount, type } = kindOf(volume);
  if (volume.filesystem.isExported === true) {
    throw new JobMistake(
      at,
      `the volume ${quoted(volumeName(volume))} became ${type} when it was exported, which the jobs of a build neither read nor write`,
      'let the build that exports it do this',
    );
  }
  if ('type' in mount) return;
  throw new JobMistake(
    at,
    `the volume ${quoted(volumeName(volume))} is ${type}, on which a build has no files, ${mount.impossible}`,
    'name another volume',
  );
}

/** Whether the jobs of a build can read and write files on it. */
export function holdsFiles(volume: Volume): boolean {
  return volume.filesystem !== undefined && volume.filesystem.isExported !== true && 'type' in kindOf(volume).mount;
}

/** What is said of a volume that is used before it has a filesystem. */
function unformatted(volume: Volume, at: OptionPath): JobMistake {
  return new JobMistake(
    at,
    `the volume ${quoted(volumeName(volume))} has no filesystem here, because no step before this one formats it`,
    'put a format before it',
  );
}

/** The filesystem's kind; World hands out places only in volumes that have one. */
export function kindOf(volume: Volume): FilesystemKind {
  if (volume.filesystem === undefined) throw new Error(`Internal error: ${volumeName(volume)} has no filesystem`);
  return filesystemKind(volume.filesystem.type);
}

/** What files keep on a volume that has a filesystem. */
export function keepsOf(volume: Volume): Keeps {
  if (volume.filesystem === undefined) throw new Error(`Internal error: ${volumeName(volume)} has no filesystem`);
  return kindOf(volume).keeps(volume.filesystem);
}

/** Whether the root has the folder for what e2fsck finds: it belongs to the filesystem, not to the files, as long as it is empty. */
export function hasLostAndFound(volume: Volume, path: string): boolean {
  const { mount } = kindOf(volume);
  return path === '/' && 'type' in mount && mount.type.startsWith('ext');
}

/** Mounts a volume on a folder of the step's root. */
export function mounted(volume: Volume, folder: string | Script, access: 'read-only' | 'read-write'): Script {
  const { mount } = kindOf(volume);
  if ('impossible' in mount) throw new Error(`Internal error: ${volumeName(volume)} cannot be mounted`);
  const { type, options, isTool } = mount;
  const all = [access === 'read-only' ? 'ro' : 'rw', ...(options === '' ? [] : [options])].join(',');
  return lines(isTool ? useTools : undefined, sh`vmb_mount ${volume.device} ${folder} ${type} ${all}`);
}
