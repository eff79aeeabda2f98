// tar-out: a folder of a volume as a tar archive.
import { guestJob } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { artifactName, place } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { Type } from './lib/schema.ts';
import { sh } from './lib/shell.ts';
import { pack } from './lib/tar.ts';
import { keepsOf, mounted } from './lib/volume.ts';

export const job = guestJob({
  name: 'tar-out',
  summary: 'Hands a folder of a volume to the user as a tar archive, the same for the same content',
  schema: Type.Object(
    {
      from: place('Folder to pack', 'main:1:/'),
      as: artifactName('Name of the archive', 'root.tar'),
      sparse: Type.Optional(
        Type.Boolean({
          description: 'Whether holes in files stay holes; not every tar reads such archives. false unless given',
          examples: [true],
        }),
      ),
    },
    { additionalProperties: false },
  ),
  plan(options, world) {
    const { volume, path } = world.place(options.from, ['from']);
    if (/\.(t?gz|t?xz|t?zst|t?bz2|tbz|lz4|lzma)$/.test(options.as)) {
      throw new JobMistake(
        ['as'],
        `${quoted(options.as)} is the name of a compressed archive, but tar-out makes plain ones`,
        'give it a name that ends with .tar',
      );
    }
    return {
      title: `pack ${volumeName(volume)}:${path} as ${options.as}`,
      artifacts: [{ name: options.as, at: ['as'], from: { kind: 'payload', payload: 'archive' } }],
    };
  },
  script(options, world) {
    const { volume, path } = world.place(options.from, ['from']);
    const everything = keepsOf(volume).attributes ? ['--xattrs', '--xattrs-include=*', '--acls'] : [];
    const sparse = options.sparse === true ? ['--sparse'] : [];
    return sh`
      ${mounted(volume, '/mnt', 'read-only')}
      vmb_inside /mnt ${path}
      [ -d "$VMB_PATH" ] || vmb_fail ${`${volumeName(volume)}:${path} is not a folder`}
      vmb_payload_out archive ${pack([...everything, ...sparse])} -C "$VMB_PATH" .
    `;
  },
});
