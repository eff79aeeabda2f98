// Volumes inside a command's root, or in one another: mounted where their links may lead, and without a trace afterwards.
import type { Volume } from './disk.ts';
import { type Script, sh } from './shell.ts';
import { mounted } from './volume.ts';

export interface MountPoint {
  /** Absolute, as the command sees it. */
  readonly folder: string;
  readonly volume: Volume;
}

/** Mounts and remembers, in numbered variables, the folder and the topmost part of its path that did not exist. */
export function mountInside(root: string, { folder, volume }: MountPoint, index: number): Script {
  return sh`
    vmb_inside ${root} ${folder}
    point${index}=$VMB_PATH made${index}=
    while [ ! -d "$VMB_PATH" ]; do
      made${index}=$VMB_PATH
      VMB_PATH=\${VMB_PATH%/*}
    done
    ${mounted(volume, sh`"$point${index}"`, 'read-write')}
  `;
}

/** Unmounts, and removes the folders that were made for it as far as the command left them empty. */
export function unmountInside(index: number): Script {
  return sh`
    umount "$point${index}"
    while [ -n "$made${index}" ]; do
      rmdir "$point${index}" 2> /dev/null || break
      [ "$point${index}" != "$made${index}" ] || break
      point${index}=\${point${index}%/*}
    done
  `;
}
