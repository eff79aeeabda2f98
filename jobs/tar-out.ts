// tar-out: a folder of a volume as a tar archive.
import { type Compression, compressed, compressionNeedsTools, compressionOf } from './lib/archive.ts';
import { guestJob } from './lib/job.ts';
import { JobMistake } from './lib/mistake.ts';
import { artifactName, place } from './lib/options.ts';
import { volumeName } from './lib/place.ts';
import { quoted } from './lib/quoted.ts';
import { Type } from './lib/schema.ts';
import { lines, type Script, sh } from './lib/shell.ts';
import { emptyLostAndFound, packed } from './lib/tar.ts';
import { useTools } from './lib/tools.ts';
import { keepsOf, mounted } from './lib/volume.ts';

export const job = guestJob({
  name: 'tar-out',
  summary: 'Hands a folder of a volume to the user as a tar archive, the same for the same content',
  schema: Type.Object(
    {
      from: place('Folder to pack', 'main:1:/'),
      as: artifactName(
        'Name of the archive, which is compressed when that ends with .tar.gz, .tar.xz or .tar.zst',
        'root.tar',
      ),
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
    checkedCompression(options.as);
    return {
      onlyReads: true,
      title: `pack ${volumeName(volume)}:${path} as ${options.as}`,
      artifacts: [{ name: options.as, at: ['as'], from: { kind: 'payload', payload: 'archive' } }],
    };
  },
  script(options, world) {
    const { volume, path } = world.place(options.from, ['from']);
    const sparse = options.sparse === true ? ['--sparse'] : [];
    const compression = checkedCompression(options.as);
    return lines(
      keepsOf(volume).attributes || (compression !== undefined && compressionNeedsTools(compression))
        ? useTools
        : undefined,
      sh`
        ${mounted(volume, '/mnt', 'read-only')}
        vmb_inside /mnt ${path}
        [ -d "$VMB_PATH" ] || vmb_fail ${`${volumeName(volume)}:${path} is not a folder`}
      `,
      emptyLostAndFound(volume, path, sh`"$VMB_PATH"`),
      broughtOut(sh`${packed(volume, sparse)} -C "$VMB_PATH" $lost .`, compression),
    );
  },
});

type MadeCompression = Exclude<Compression, 'bz2'>;

function broughtOut(archive: Script, compression: MadeCompression | undefined): Script {
  if (compression === undefined) return sh`vmb_payload_out archive ${archive}`;
  return sh`
    { ${archive} || echo > /tmp/failed; } | vmb_payload_out archive ${compressed(compression)}
    [ ! -e /tmp/failed ] || exit 1
  `;
}

/** @throws JobMistake for a name that promises what tar-out does not make */
function checkedCompression(name: string): MadeCompression | undefined {
  const compression = compressionOf(name);
  if (compression !== 'bz2' && compression !== 'lz4' && compression !== 'lzma') return compression;
  throw new JobMistake(
    ['as'],
    `${quoted(name)} promises a way of compression that tar-out does not have`,
    'give it a name that ends with .tar, .tar.gz, .tar.xz or .tar.zst',
  );
}
