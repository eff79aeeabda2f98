// Preset "firstrun" of copy-in: vmb's agent in a system, started by its init, so that `run` can boot it as a target-VM.
import type { Volume } from './disk.ts';
import { JobMistake } from './mistake.ts';
import { volumeName } from './place.ts';
import { quoted } from './quoted.ts';
import { Type } from './schema.ts';
import { lines, raw, type Script, sh } from './shell.ts';
import { unpacked } from './tar.ts';
import { keepsOf, mounted } from './volume.ts';

const inits = ['busybox', 'sysv', 'systemd', 'none'] as const;
export type Init = (typeof inits)[number];

/** Properties for the schema of `copy-in`. */
export const firstrunOptions = {
  preset: Type.Optional(
    Type.Literal('firstrun', {
      description:
        'firstrun, instead of `from`: what run with in = "target" needs, into the system whose root folder `to` is (docs/target.md)',
      examples: ['firstrun'],
    }),
  ),
  init: Type.Optional(
    Type.Union(
      inits.map((name) => Type.Literal(name)),
      {
        description:
          'For the preset, what starts the system: busybox, sysv, systemd; or none where something of yours starts /usr/lib/vmb/firstrun. Recognised unless given',
        examples: ['busybox'],
      },
    ),
  ),
};

/** Only of the agent's own files; the init's settings are changed in place. */
export function firstrunScript(volume: Volume, path: string, init: Init | undefined): Script {
  return lines(
    mounted(volume, '/mnt', 'read-write'),
    sh`
      vmb_inside /mnt ${path}
      root=$VMB_PATH init=${init ?? ''}
      vmb_make_folder "$root" /usr/lib/vmb
      vmb_payload_in firstrun ${unpacked(volume, sh`"$root"`, 'plain')}
      agent=$VMB_PATH
    `,
    init === undefined ? recognise(volume, path) : undefined,
    start,
  );
}

/** @throws JobMistake where programs would not stay programs */
export function checkFirstrunVolume(volume: Volume): void {
  if (keepsOf(volume).modes) return;
  const because = `it is ${volume.filesystem?.type}, which keeps no modes`;
  throw new JobMistake(
    ['to'],
    `${quoted(volumeName(volume))} cannot hold a system, because ${because}`,
    'name the volume of its root folder',
  );
}

function recognise(volume: Volume, path: string): Script {
  const told = `${volumeName(volume)}:${path}`;
  return lines(
    raw(`for name in /sbin/init /init /bin/init; do
  vmb_inside "$root" "$name"
  if [ -f "$VMB_PATH" ]; then break; fi
done
program=$VMB_PATH
vmb_inside "$root" /etc/inittab
case \${program##*/} in
  busybox) init=busybox ;;
  systemd) init=systemd ;;
  *)
    if [ -f "$program" ] && grep -q 'BusyBox v' "$program"; then
      init=busybox
    elif [ -f "$VMB_PATH" ] && grep -q ':initdefault:' "$VMB_PATH"; then
      init=sysv
    fi
    ;;
esac`),
    sh`[ -n "$init" ] || vmb_fail ${`The init of the system in ${told} is not recognised: there is no busybox, systemd or System V init as /sbin/init, /init or /bin/init. Say it with \`init\`; with "none", start /usr/lib/vmb/firstrun yourself, before anything that uses the serial port.`}`,
  );
}

/** An entry "wait" comes before every "respawn", above all the login on the serial port. Without a table busybox has its own. */
const start = raw(`case $init in
  busybox | sysv)
    vmb_inside "$root" /etc/inittab
    if [ ! -e "$VMB_PATH" ] && [ "$init" = busybox ]; then
      mkdir -p -- "\${VMB_PATH%/*}"
      printf '%s\\n' '::sysinit:/etc/init.d/rcS' '::askfirst:-/bin/sh' '::ctrlaltdel:reboot' \\
        '::shutdown:swapoff -a' '::shutdown:umount -a -r' '::restart:init' >"$VMB_PATH"
    fi
    [ -f "$VMB_PATH" ] || vmb_fail '/etc/inittab is missing, where the init of this system reads what to start.'
    if [ "$init" = busybox ]; then line=::wait:/usr/lib/vmb/firstrun; else line=vmb1:2345:wait:/usr/lib/vmb/firstrun; fi
    if ! grep -q -F -x "$line" "$VMB_PATH"; then
      awk -v line="$line" '!set && /^[^#].*:(respawn|askfirst):/ { print line; set = 1 } { print } END { if (!set) print line }' "$VMB_PATH" >/tmp/inittab
      cat /tmp/inittab >"$VMB_PATH"
    fi
    ;;
  systemd)
    vmb_make_folder "$root" /etc/systemd/system/multi-user.target.wants
    wants=$VMB_PATH
    vmb_inside "$root" /etc/systemd/system
    # A link of that name would lead out of the volume.
    rm -f -- "$VMB_PATH/vmb-firstrun.service"
    cp "$agent/vmb-firstrun.service" "$VMB_PATH/"
    ln -sfn ../vmb-firstrun.service "$wants/vmb-firstrun.service"
    ;;
esac
echo "init: $init"`);
