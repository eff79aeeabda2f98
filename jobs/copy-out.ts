// copy-out: a file or folder of a volume to the user.
import { guestJob } from './lib/job.ts';
import { artifactName, place } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { Type } from './lib/schema.ts';
import { sh } from './lib/shell.ts';
import { pack } from './lib/tar.ts';
import { mounted } from './lib/volume.ts';

export const job = guestJob({
  name: 'copy-out',
  summary: 'Hands a file or folder of a volume to the user',
  schema: Type.Object(
    {
      from: place('File or folder to hand out', 'main:1:/var/log'),
      as: artifactName('Name of the artifact', 'log'),
    },
    { additionalProperties: false },
  ),
  plan(options, world) {
    const { volume, path } = world.place(options.from, ['from']);
    return {
      onlyReads: true,
      title: `copy ${volumeName(volume)}:${path} out as ${options.as}`,
      artifacts: [{ name: options.as, at: ['as'], from: { kind: 'unpacked-payload', payload: 'files' } }],
    };
  },
  script(options, world) {
    const { volume, path } = world.place(options.from, ['from']);
    // A folder is packed as "./", a file under its name: so the host tells them apart.
    return sh`
      ${mounted(volume, '/mnt', 'read-only')}
      vmb_inside /mnt ${path}
      if [ -d "$VMB_PATH" ]; then
        vmb_payload_out files ${pack([])} -C "$VMB_PATH" .
      elif [ -f "$VMB_PATH" ]; then
        vmb_payload_out files ${pack([])} -C "\${VMB_PATH%/*}" -- "\${VMB_PATH##*/}"
      else
        vmb_fail ${`${volumeName(volume)}:${path} is neither a file nor a folder`}
      fi
    `;
  },
});
