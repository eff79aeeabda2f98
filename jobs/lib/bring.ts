// The guest's part of host actions: scripts that bring files of volumes out before one, and its results into volumes after.
import type { Volume } from './disk.ts';
import type { PayloadInPlan } from './job.ts';
import { volumeName, withoutSlash } from './place.ts';
import { lines, type Script, sh } from './shell.ts';
import { unpacked } from './tar.ts';
import { mounted } from './volume.ts';

interface Place {
  readonly volume: Volume;
  readonly path: string;
}

/** Brings out each place, which must be a file, as the payload of that name. */
export function bringOutScript(places: ReadonlyMap<string, Place>): Script {
  return eachMounted(places, 'read-only', (name, { volume, path }, folder) => {
    const told = `${volumeName(volume)}:${path}`;
    return sh`
      vmb_inside ${folder} ${path}
      [ -f "$VMB_PATH" ] || vmb_fail ${`${told} is not a file`}
      vmb_payload_out ${name} cat -- "$VMB_PATH"
    `;
  });
}

/** Puts what `bringInPayloads` carries at its places; folders on the way are made. */
export function bringInScript(places: ReadonlyMap<string, Place>): Script {
  return eachMounted(places, 'read-write', (name, { volume, path }, folder) => {
    const { parent } = parted(path);
    return sh`
      vmb_make_folder ${folder} ${parent}
      vmb_payload_in ${name} ${unpacked(volume, sh`${folder}`, 'plain')}
    `;
  });
}

/** One payload for each place: the file that the host action wrote under that name. */
export function bringInPayloads(places: ReadonlyMap<string, Place>): PayloadInPlan[] {
  return [...places].map(([name, { path }]) => ({
    kind: 'tree',
    name,
    source: { kind: 'artifact', name },
    as: parted(path).base,
    attributes: {},
    at: [],
  }));
}

/** The folder of a path and the name in it: "/etc/motd" is "/etc" and "motd", "/" is "/" and nothing. */
export function parted(path: string): { readonly parent: string; readonly base: string } {
  const whole = withoutSlash(path);
  const slash = whole.lastIndexOf('/');
  return { parent: slash <= 0 ? '/' : whole.slice(0, slash), base: whole.slice(slash + 1) };
}

/** Mounts each volume once, at a folder of its own, and does the rest for each place. */
export function eachMounted(
  places: ReadonlyMap<string, Place>,
  access: 'read-only' | 'read-write',
  piece: (name: string, place: Place, folder: string) => Script,
): Script {
  const folders = new Map<string, string>();
  const pieces: Script[] = [];
  for (const [name, place] of places) {
    const { device } = place.volume;
    const known = folders.get(device);
    const folder = known ?? `/mnt/${folders.size + 1}`;
    if (known === undefined) pieces.push(mounted(place.volume, folder, access));
    folders.set(device, folder);
    pieces.push(piece(name, place, folder));
  }
  return lines(...pieces);
}
